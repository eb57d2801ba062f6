#include "bench/flow.hpp"

#include "messages/error.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>

namespace rrdflow::bench {

namespace {

constexpr uint64_t no_limit = uint64_t{1} << 40;

cache_settings make_cache_settings(metric_registry& metrics) {
  cache_settings result;
  result.metrics = &metrics;
  // Nothing is due while it is measured.
  result.flush_after = std::chrono::hours{24 * 365};
  result.flush_jitter = std::chrono::seconds{0};
  result.memory = no_limit;
  return result;
}

} // namespace

const char* const plain_rules = R"([[rule]]
name = "plant"
topics = ["plant/#"]
series = "{topic}/{path}"
step = "10s"
)";

scratch::scratch() {
  auto parent = std::getenv("TMPDIR");
  store_ = std::string{parent != nullptr ? parent : "/tmp"}
           + "/rrdflow-bench-XXXXXX";
  if (::mkdtemp(store_.data()) == nullptr)
    require(fail(ec::io_failed, store_ + ": cannot be made"));
  for (auto x : {"journal", "snapshot", "undo", "rrd", "quarantine"})
    std::filesystem::create_directories(store_ + "/" + x);
}

scratch::~scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(store_, ignored);
}

void require(const caf::error& x) {
  if (!x)
    return;
  std::fprintf(stderr, "%s\n", explain(x).c_str());
  std::_Exit(1);
}

uint64_t anonymous_bytes() {
  std::ifstream in{"/proc/self/status"};
  std::string word;
  uint64_t result = 0;
  while (in >> word)
    if (word == "RssAnon:")
      in >> result;
  return result * 1024;
}

flow::flow(const std::string& store, flow_settings settings)
  : names_{std::make_shared<file_names>()} {
  journal_options options;
  options.directory = store;
  options.segment_size = settings.segment_size;
  // rrdcached's journal is never synced. What a kill loses is the same.
  options.sync = sync_policy::never;
  options.max_size = no_limit;
  options.disk_reserve = 0;
  options.random = 1;
  options.clock.wall = options.clock.boot = [this] { return now_; };
  journal_ = require(journal::open(std::move(options)));
  if (settings.catalog) {
    catalog_settings catalog;
    catalog.directory = store;
    catalog.max_series = std::numeric_limits<uint32_t>::max();
    catalog_ = std::make_unique<catalog_engine>(
      require(catalog_engine::open(std::move(catalog))));
    names_ = catalog_->names();
  }
  shard_
    = std::make_unique<shard_engine>(make_cache_settings(metrics_), names_);
  decoder_settings decoder;
  decoder.names = names_;
  std::shared_ptr<journal_feed> feed{journal_, &journal_->feed()};
  decoder_output& output = *this;
  decoder_ = std::make_unique<decoder_engine>(decoder, feed, output);
  decoder_start start;
  start.at = journal_->begin();
  start.rules.text = "limits.series = 4294967295\n" + settings.rules;
  require(decoder_->start(std::move(start)));
}

void flow::take(std::string_view topic, std::string_view payload) {
  record_content x;
  x.topic = topic;
  x.payload = payload;
  if (journal_->writer().append(x) != append_result::taken)
    require(fail(ec::io_failed, "the journal takes no message"));
  // What the JOURNAL_KEEPER does all 200 ms.
  if (++taken_ % 65536 == 0)
    journal_->writer().make_room();
}

void flow::drain() {
  for (;;) {
    auto result = decoder_->step(1024);
    if (result == step_result::failed)
      require(journal_->feed().failure());
    if (!asked_.empty())
      answer();
    if (credit_ > 0)
      decoder_->credit(0, std::exchange(credit_, 0));
    if (result == step_result::drained)
      return;
  }
}

void flow::answer() {
  auto xs = std::exchange(asked_, {});
  std::vector<resolution> answers;
  if (catalog_) {
    answers = catalog_->resolve(xs, {});
    require(catalog_->commit());
  } else {
    for (auto& x : xs) {
      resolution y;
      y.file = names_->add(x.file);
      y.source = x.source;
      y.definition = x.definition;
      answers.push_back(std::move(y));
    }
  }
  require(decoder_->resolved(answers));
}

void flow::open(uint32_t, std::vector<file_binding> xs) {
  for (auto& x : xs)
    shard_->open(x);
}

void flow::put(uint32_t, sample_batch x) {
  shard_->put(x);
  credit_ += x.samples.size();
}

double flow::stat(const std::string& name) const {
  shard_->update_gauges();
  return metrics_.sum(name);
}

network::network(size_t topics, size_t fields) {
  size_t stride = 7919;
  while (std::gcd(stride, topics) != 1)
    ++stride;
  while (std::gcd(other_stride_, topics) != 1)
    ++other_stride_;
  for (size_t k = 0; k < topics; ++k) {
    auto i = k * stride % topics;
    text_ += "plant/hall-" + std::to_string(i % 100) + "/sensor-"
             + std::to_string(i) + (fields == 0 ? "/temperature" : "");
    ends_.push_back(text_.size());
  }
  for (size_t i = 0; i < 1000; ++i) {
    char text[40];
    std::string payload;
    for (size_t j = 0; j < (fields == 0 ? 1 : fields); ++j) {
      std::snprintf(text, sizeof(text), "%.2f",
                    static_cast<double>((i * 31 + j * 57) % 10000) / 100);
      payload += fields == 0 ? std::string{text}
                             : (j == 0 ? "{\"field" : ",\"field")
                                 + std::to_string(j) + "\":" + text;
    }
    payloads_.push_back(fields == 0 ? payload : payload + "}");
  }
}

void play(flow& x, const network& y, size_t round) {
  x.time(begin_time + static_cast<int64_t>(round) * 10);
  for (size_t k = 0; k < y.topics(); ++k) {
    auto i = round == 0 ? y.first(k) : k;
    x.take(y.topic(i), y.payload(i, round));
    if (k % 1024 == 1023)
      x.drain();
  }
  x.drain();
}

} // namespace rrdflow::bench
