#include "actors/decode/decoder_memory.hpp"

#include <msgpack.hpp>

#include <tuple>

namespace rrdflow {

namespace {

constexpr uint32_t version = 1;
constexpr int64_t max_second = int64_t{1} << 33;
constexpr uint64_t max_sequence = uint64_t{1} << 62;

// The parts as msgpack has them. Of an array of counts the last ones may be
// missing: reasons may have been added since.

using subscription_part = std::pair<uint32_t, std::string>;
using rule_part
  = std::tuple<uint64_t, std::array<uint64_t, sample_refusals>, int64_t>;
using counts_part
  = std::tuple<uint64_t, std::array<uint64_t, ignore_reasons>,
               std::array<uint64_t, dead_reasons>, std::vector<rule_part>>;

/// Topics and payloads of dead letters are bytes.
using bytes = std::vector<char>;
using dead_part = std::tuple<int64_t, bytes, bytes, std::string>;

/// Kind, reason, key, path, series, text, count, arrival, sequence, topic,
/// payload, retained, whole.
using unstored_part
  = std::tuple<std::string, std::string, bytes, bytes, bytes, bytes, uint64_t,
               int64_t, uint64_t, bytes, bytes, bool, bool>;

using memory_part = std::tuple<
  uint32_t, std::string, std::vector<subscription_part>, int64_t, uint64_t,
  std::vector<std::string>, counts_part, std::vector<dead_part>,
  std::vector<std::pair<uint64_t, int64_t>>, std::vector<unstored_part>>;

/// Earlier versions did not keep what is not stored.
constexpr size_t first_memory_size = std::tuple_size_v<memory_part> - 1;

bytes bytes_of(const std::string& x) {
  return {x.begin(), x.end()};
}

std::string text_of(const bytes& x) {
  return {x.begin(), x.end()};
}

unstored_part from_kept(const kept_message& x) {
  return {to_string(x.why.kind()),
          x.why.name(),
          bytes_of(x.key),
          bytes_of(x.note.path),
          bytes_of(x.note.series),
          bytes_of(x.note.text),
          x.count,
          x.arrival,
          x.sequence,
          bytes_of(x.topic),
          bytes_of(x.payload),
          x.retained,
          x.whole};
}

/// Nothing, if it is for a reason that this version does not know.
std::optional<kept_message> to_kept(const unstored_part& x) {
  auto& [kind, reason, key, path, series, text, count, arrival, sequence, topic,
         payload, retained, whole]
    = x;
  auto why = unstored_reason::named(kind, reason);
  if (!why || count == 0)
    return std::nullopt;
  return kept_message{*why,
                      text_of(key),
                      {text_of(path), text_of(series), text_of(text)},
                      count,
                      arrival,
                      sequence,
                      text_of(topic),
                      text_of(payload),
                      retained,
                      whole};
}

decoder_memory read_all(const msgpack::object& whole) {
  if (whole.type != msgpack::type::ARRAY
      || (whole.via.array.size
            != std::tuple_size_v<
              memory_part> && whole.via.array.size != first_memory_size))
    throw msgpack::type_error{};
  decoder_memory out;
  auto parts = whole.as<memory_part>();
  auto& [found_version, text, subscriptions, watermark, sequence, names, counts,
         dead, last_times, unstored]
    = parts;
  auto& [decoded, ignored, rejected, rules] = counts;
  // Of these sums and products do not overflow.
  if (found_version != version || watermark < 0 || watermark >= max_second
      || sequence >= max_sequence || rules.size() > names.size()
      || dead.size() > message_counters::max_dead)
    throw msgpack::type_error{};
  out.rules.text = std::move(text);
  for (auto& [identifier, filter] : subscriptions)
    out.rules.subscriptions.push_back({identifier, std::move(filter)});
  out.watermark = watermark;
  out.sequence = sequence;
  out.rule_names = std::move(names);
  out.counts.decoded = decoded;
  out.counts.ignored = ignored;
  out.counts.dead = rejected;
  for (auto& [samples, refused, last_message] : rules)
    out.counts.rules.push_back({samples, refused, last_message});
  for (auto& [arrival, topic, payload, reason] : dead)
    out.dead.push_back(
      {arrival, text_of(topic), text_of(payload), std::move(reason)});
  out.last_times = std::move(last_times);
  for (auto& x : unstored)
    if (auto kept = to_kept(x))
      out.unstored.push_back(std::move(*kept));
  return out;
}

} // namespace

std::vector<char> pack(const decoder_memory& x) {
  std::vector<subscription_part> subscriptions;
  for (auto& y : x.rules.subscriptions)
    subscriptions.emplace_back(y.identifier, y.filter);
  std::vector<rule_part> rules;
  for (auto& y : x.counts.rules)
    rules.emplace_back(y.samples, y.refused, y.last_message);
  std::vector<dead_part> dead;
  for (auto& y : x.dead)
    dead.emplace_back(y.arrival, bytes_of(y.topic), bytes_of(y.payload),
                      y.reason);
  auto counts
    = std::tie(x.counts.decoded, x.counts.ignored, x.counts.dead, rules);
  std::vector<unstored_part> unstored;
  for (auto& y : x.unstored)
    unstored.push_back(from_kept(y));
  msgpack::sbuffer out;
  msgpack::pack(out, std::tie(version, x.rules.text, subscriptions, x.watermark,
                              x.sequence, x.rule_names, counts, dead,
                              x.last_times, unstored));
  return {out.data(), out.data() + out.size()};
}

caf::error unpack(const std::vector<char>& bytes, decoder_memory& x) {
  try {
    // No array can have more items than there are bytes.
    auto n = bytes.size();
    msgpack::unpack_limit limit{n, 0, n, n, 0, 8};
    auto handle
      = msgpack::unpack(bytes.data(), bytes.size(), nullptr, nullptr, limit);
    x = read_all(handle.get());
    return {};
  } catch (const std::exception& e) {
    return fail(ec::damaged,
                std::string{"snapshot: the decoder's part: "} + e.what());
  }
}

} // namespace rrdflow
