#include "actors/decode/decoder_peers.hpp"

#include "actors/base/printable.hpp"
#include "actors/decode/decoder_engine.hpp"

#include <spdlog/spdlog.h>

namespace rrdflow {

namespace {

constexpr std::chrono::seconds log_interval{10};

} // namespace

decoder_mailer::decoder_mailer(decoder_actor::pointer self, decoder_peers peers,
                               std::function<void()> work)
  : self_{self}, peers_{std::move(peers)}, work_{std::move(work)} {
  // nop
}

void decoder_mailer::fail_with(caf::error& x) {
  self_->quit(std::move(x));
}

void decoder_mailer::open(uint32_t shard, std::vector<file_binding> xs) {
  self_->send(peers_.shards[shard], atom::open_v, std::move(xs));
}

void decoder_mailer::put(uint32_t shard, sample_batch x) {
  self_->request(peers_.shards[shard], caf::infinite, atom::put_v, std::move(x))
    .then(
      [this, shard](uint64_t n) {
        engine_->credit(shard, n);
        work_();
      },
      [this](caf::error& error) { fail_with(error); });
}

void decoder_mailer::retire(uint32_t shard, std::vector<file_id> files,
                            int64_t idle_since) {
  self_->send(peers_.shards[shard], atom::retire_v, std::move(files),
              idle_since);
}

void decoder_mailer::release(uint32_t shard, std::vector<file_id> files,
                             bool remove) {
  self_
    ->request(peers_.shards[shard], caf::infinite, atom::release_v,
              std::move(files), remove)
    .then(
      [this](const request_outcome& x) {
        engine_->released(x);
        work_();
      },
      [this](caf::error& error) { fail_with(error); });
}

void decoder_mailer::second(int64_t t, position at) {
  for (auto& shard : peers_.shards)
    self_->send(shard, atom::second_v, t, at);
}

void decoder_mailer::due_after(int64_t seconds) {
  for (auto& shard : peers_.shards)
    self_->send(shard, atom::due_v, seconds);
}

void decoder_mailer::name_rules(const std::vector<std::string>& names) {
  for (auto& shard : peers_.shards)
    self_->send(shard, atom::name_rules_v, names);
}

void decoder_mailer::flush(uint64_t request,
                           const std::vector<file_id>& files) {
  for (auto& shard : peers_.shards)
    self_->send(shard, atom::flush_v, request, files);
}

void decoder_mailer::resolve(std::vector<new_series> xs) {
  self_->request(peers_.catalog, caf::infinite, atom::resolve_v, std::move(xs))
    .then(
      [this](const std::vector<resolution>& answers) {
        log_refused(answers);
        if (auto error = engine_->resolved(answers))
          fail_with(error);
        else
          work_();
      },
      [this](caf::error& error) { fail_with(error); });
}

void decoder_mailer::find_series(const std::string& name) {
  series_query query;
  query.pattern = name;
  query.limit = 1;
  query.exact = true;
  self_->request(peers_.catalog, caf::infinite, atom::list_v, std::move(query))
    .then(
      [this](const std::vector<series_info>& xs) {
        engine_->found(xs);
        work_();
      },
      [this](caf::error& error) { fail_with(error); });
}

void decoder_mailer::find_matches(const std::string& glob) {
  self_->request(peers_.catalog, caf::infinite, atom::forget_v, glob)
    .then(
      [this](const std::vector<series_info>& xs) {
        engine_->found(xs);
        work_();
      },
      [this](caf::error& error) { fail_with(error); });
}

void decoder_mailer::free_names(std::vector<file_id> files) {
  self_
    ->request(peers_.catalog, caf::infinite, atom::release_v, std::move(files))
    .then(
      [this](caf::ok_atom) {
        engine_->freed();
        work_();
      },
      [this](caf::error& error) { fail_with(error); });
}

void decoder_mailer::retired(std::vector<file_id> files) {
  self_->send(peers_.catalog, atom::retire_v, std::move(files));
}

void decoder_mailer::done(uint64_t request, request_outcome x) {
  self_->send(peers_.keeper, atom::done_v, request, uint32_t{1}, std::move(x));
}

void decoder_mailer::log_refused(const std::vector<resolution>& xs) {
  const resolution* last = nullptr;
  for (auto& x : xs) {
    if (x.refused != refusal::none) {
      ++refused_;
      last = &x;
    }
  }
  auto now = self_->clock().now();
  if (last == nullptr || now < next_log_)
    return;
  next_log_ = now + log_interval;
  spdlog::warn("{} new series were refused, at last: {} ({})", refused_,
               printable(last->reason), to_string(last->refused));
  refused_ = 0;
}

} // namespace rrdflow
