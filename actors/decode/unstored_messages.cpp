#include "actors/decode/unstored_messages.hpp"

#include <xxhash.h>

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

/// Reasons of each kind.
constexpr size_t sizes[] = {sample_refusals, dead_reasons, ignore_reasons,
                            decode_warnings, passed_reasons};

constexpr size_t shown_payload = message_counters::max_dead_payload;

/// Reasons that other rules, or a later version, may do away with.
bool is_undecoded(unstored_reason why) {
  switch (why.kind()) {
    case unstored_kind::ignored:
      return why.index() != unstored_reason{ignore_reason::empty}.index()
             && why.index() != unstored_reason{ignore_reason::retained}.index()
             && why.index() != unstored_reason{ignore_reason::overlap}.index();
    case unstored_kind::dead:
      return why.index() != unstored_reason{dead_reason::poison}.index()
             && why.index()
                  != unstored_reason{dead_reason::journal_damaged}.index();
    default:
      return false;
  }
}

size_t bytes_of(const kept_message& x) {
  return sizeof(kept_message) + x.key.size() + x.topic.size() + x.payload.size()
         + x.note.path.size() + x.note.series.size() + x.note.text.size();
}

unstored show(const kept_message& x) {
  unstored result;
  result.kind = to_string(x.why.kind());
  result.reason = x.why.name();
  result.topic = x.topic;
  result.path = x.note.path;
  result.series = x.note.series;
  // What is passed over is looked at now and then only.
  result.count = x.why.kind() == unstored_kind::passed ? 0 : x.count;
  result.time = x.arrival;
  result.payload = x.payload.substr(0, shown_payload);
  result.text = x.note.text;
  return result;
}

} // namespace

const char* to_string(unstored_kind x) {
  static constexpr const char* names[]
    = {"refused", "dead", "ignored", "warning", "passed"};
  return names[static_cast<size_t>(x)];
}

unstored_reason unstored_reason::at(size_t index) noexcept {
  size_t kind = 0;
  for (; index >= sizes[kind]; ++kind)
    index -= sizes[kind];
  return {static_cast<unstored_kind>(kind), static_cast<uint8_t>(index)};
}

std::optional<unstored_reason>
unstored_reason::named(std::string_view kind, std::string_view name) noexcept {
  for (size_t i = 0; i < count; ++i)
    if (auto x = at(i); to_string(x.kind()) == kind && x.name() == name)
      return x;
  return std::nullopt;
}

size_t unstored_reason::index() const noexcept {
  size_t result = number_;
  for (size_t i = 0; i < static_cast<size_t>(kind_); ++i)
    result += sizes[i];
  return result;
}

const char* unstored_reason::name() const noexcept {
  switch (kind_) {
    case unstored_kind::refused:
      return to_string(static_cast<sample_refusal>(number_));
    case unstored_kind::dead:
      return to_string(static_cast<dead_reason>(number_));
    case unstored_kind::ignored:
      return to_string(static_cast<ignore_reason>(number_));
    case unstored_kind::warning:
      return to_string(static_cast<decode_warning>(number_));
    case unstored_kind::passed:
      return to_string(static_cast<passed_reason>(number_));
  }
  return "";
}

journal_record kept_message::as_record(const journal_record& at) const {
  auto result = at;
  result.kind = record_kind::message;
  result.topic = topic;
  result.payload = payload;
  result.arrival = arrival;
  result.retained = retained;
  return result;
}

unstored_messages::unstored_messages(metric_registry* registry)
  : identities_{registry,
                {"changing_identities_total",
                 "Topics on which one series got values of several devices."}},
    decimals_{registry,
              {"integer_series_with_decimals_total",
               "Series of type COUNTER or DERIVE that got decimals."}} {
  kept_.resize(unstored_reason::count);
}

void unstored_messages::warn(decode_warning why, const journal_record& x,
                             std::string_view key, unstored_note note) {
  (why == decode_warning::identity ? identities_ : decimals_).add();
  add(why, x, key, [&] { return std::move(note); });
}

unstored_messages::line unstored_messages::take_line(unstored_reason why) {
  auto result = std::exchange(lines_[why.index()], {});
  any_line_ = std::any_of(lines_.begin(), lines_.end(),
                          [](auto& x) { return x.count > 0; });
  return result;
}

// -- what is kept -------------------------------------------------------------

uint64_t unstored_messages::hash(unstored_reason why, std::string_view topic,
                                 std::string_view key) {
  auto seed = key.empty() ? uint64_t{0} : XXH3_64bits(key.data(), key.size());
  return XXH3_64bits_withSeed(topic.data(), topic.size(), seed + why.index());
}

kept_message&
unstored_messages::obtain(unstored_reason why, std::string_view topic,
                          std::string_view key) {
  auto& of = kept_[why.index()];
  auto at = hash(why, topic, key);
  if (of.messages.find(at) == nullptr && of.messages.size() == max_topics)
    of.drop_oldest();
  auto& result = of.messages.touch(at);
  if (result.count == 0) {
    result.why = why;
    result.topic = topic;
    result.key = key;
    of.bytes += bytes_of(result);
  }
  return result;
}

void unstored_messages::reason_messages::drop_oldest() {
  bytes -= bytes_of(messages.oldest());
  messages.drop_oldest();
}

void unstored_messages::keep(kept_message& x, const journal_record& from,
                             std::string_view payload) {
  auto& of = kept_[x.why.index()];
  x.arrival = from.arrival;
  x.sequence = from.sequence;
  x.retained = from.retained;
  of.bytes -= x.payload.size();
  x.whole = payload.size() <= max_payload;
  x.payload = payload.substr(0, x.whole ? max_payload : shown_payload);
  of.bytes += x.payload.size();
  // What was touched last, this one, goes last.
  while (of.bytes > max_bytes && of.messages.size() > 1)
    of.drop_oldest();
}

void unstored_messages::set_note(kept_message& x, unstored_note note) {
  auto& of = kept_[x.why.index()];
  of.bytes -= bytes_of(x);
  x.note = std::move(note);
  of.bytes += bytes_of(x);
}

std::vector<unstored>
unstored_messages::list(const std::vector<std::string>& names,
                        size_t few) const {
  std::vector<unstored> result;
  for (auto& of : kept_) {
    size_t n = 0;
    for (auto& [hash, x] : of.messages) {
      if (names.empty()) {
        if (x.why.kind() == unstored_kind::passed || ++n > few)
          break;
      } else if (std::find(names.begin(), names.end(), x.topic) == names.end()
                 && std::find(names.begin(), names.end(), x.note.series)
                      == names.end()) {
        continue;
      }
      result.push_back(show(x));
    }
  }
  return result;
}

std::vector<kept_message> unstored_messages::undecoded() const {
  std::vector<kept_message> result;
  for (auto& of : kept_)
    for (auto& [hash, x] : of.messages)
      if (x.whole && is_undecoded(x.why))
        result.push_back(x);
  std::sort(result.begin(), result.end(), [](auto& x, auto& y) {
    return std::pair{x.arrival, x.sequence} < std::pair{y.arrival, y.sequence};
  });
  return result;
}

void unstored_messages::decoded(const kept_message& x) {
  auto& of = kept_[x.why.index()];
  auto at = hash(x.why, x.topic, x.key);
  auto* found = of.messages.find(at);
  if (found == nullptr || found->sequence != x.sequence)
    return;
  of.bytes -= bytes_of(*found);
  of.messages.erase(at);
}

std::vector<kept_message> unstored_messages::all() const {
  std::vector<kept_message> result;
  for (auto& of : kept_) {
    auto begin = static_cast<ptrdiff_t>(result.size());
    for (auto& [hash, x] : of.messages)
      result.push_back(x);
    std::reverse(result.begin() + begin, result.end());
  }
  return result;
}

void unstored_messages::restore(std::vector<kept_message> xs) {
  for (auto& x : xs) {
    auto& of = kept_[x.why.index()];
    auto at = hash(x.why, x.topic, x.key);
    if (of.messages.find(at) != nullptr || of.messages.size() == max_topics
        || of.bytes + bytes_of(x) > max_bytes)
      continue;
    of.bytes += bytes_of(x);
    of.messages.touch(at) = std::move(x);
  }
}

} // namespace rrdflow
