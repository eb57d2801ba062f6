#include "actors/decode/decoder_memory.hpp"

#include <msgpack.hpp>

namespace rrdflow {

namespace {

constexpr uint32_t version = 1;
constexpr uint32_t members = 9;
constexpr int64_t max_second = int64_t{1} << 33;
constexpr uint64_t max_sequence = uint64_t{1} << 62;

using packer = msgpack::packer<msgpack::sbuffer>;

/// A member that is an array of the given size, or anything else that is wrong.
const msgpack::object* items(const msgpack::object& x, size_t size) {
  if (x.type != msgpack::type::ARRAY || x.via.array.size != size)
    throw msgpack::type_error{};
  return x.via.array.ptr;
}

/// Calls `f` with each item of an array.
template <class F>
void for_each_item(const msgpack::object& x, F f) {
  if (x.type != msgpack::type::ARRAY)
    throw msgpack::type_error{};
  for (uint32_t i = 0; i < x.via.array.size; ++i)
    f(x.via.array.ptr[i]);
}

/// Reasons may have been added since: the last ones may be missing.
template <size_t N>
void read(const msgpack::object& x, std::array<uint64_t, N>& out) {
  if (x.type != msgpack::type::ARRAY || x.via.array.size > N)
    throw msgpack::type_error{};
  for (size_t i = 0; i < x.via.array.size; ++i)
    out[i] = x.via.array.ptr[i].as<uint64_t>();
}

template <size_t N>
void write(packer& p, const std::array<uint64_t, N>& xs) {
  p.pack_array(N);
  for (auto x : xs)
    p.pack(x);
}

void write(packer& p, const message_counters::counts& x) {
  p.pack_array(4);
  p.pack(x.decoded);
  write(p, x.ignored);
  write(p, x.dead);
  p.pack_array(static_cast<uint32_t>(x.rules.size()));
  for (auto& y : x.rules) {
    p.pack_array(3);
    p.pack(y.samples);
    write(p, y.refused);
    p.pack(y.last_message);
  }
}

void read(const msgpack::object& x, message_counters::counts& out) {
  auto xs = items(x, 4);
  out.decoded = xs[0].as<uint64_t>();
  read(xs[1], out.ignored);
  read(xs[2], out.dead);
  for_each_item(xs[3], [&](const msgpack::object& y) {
    auto ys = items(y, 3);
    message_counters::rule_counts rule;
    rule.samples = ys[0].as<uint64_t>();
    read(ys[1], rule.refused);
    rule.last_message = ys[2].as<int64_t>();
    out.rules.push_back(rule);
  });
}

/// What the topics and payloads of dead messages are: bytes.
void write_bytes(packer& p, const std::string& x) {
  p.pack_bin(static_cast<uint32_t>(x.size()));
  p.pack_bin_body(x.data(), static_cast<uint32_t>(x.size()));
}

std::string read_bytes(const msgpack::object& x) {
  if (x.type != msgpack::type::BIN)
    throw msgpack::type_error{};
  return {x.via.bin.ptr, x.via.bin.size};
}

void read_all(const msgpack::object& whole, decoder_memory& out) {
  auto xs = items(whole, members);
  if (xs[0].as<uint32_t>() != version)
    throw msgpack::type_error{};
  out.rules.text = xs[1].as<std::string>();
  for_each_item(xs[2], [&](const msgpack::object& x) {
    auto ys = items(x, 2);
    out.rules.subscriptions.push_back(
      {ys[0].as<uint32_t>(), ys[1].as<std::string>()});
  });
  out.told = xs[3].as<int64_t>();
  out.sequence = xs[4].as<uint64_t>();
  out.rule_names = xs[5].as<std::vector<std::string>>();
  read(xs[6], out.counts);
  for_each_item(xs[7], [&](const msgpack::object& x) {
    auto ys = items(x, 4);
    out.dead.push_back({ys[0].as<int64_t>(), read_bytes(ys[1]),
                        read_bytes(ys[2]), ys[3].as<std::string>()});
  });
  for_each_item(xs[8], [&](const msgpack::object& x) {
    auto ys = items(x, 2);
    out.last_times.emplace_back(ys[0].as<uint64_t>(), ys[1].as<int64_t>());
  });
  // Of these sums and products do not overflow.
  if (out.told < 0 || out.told >= max_second || out.sequence >= max_sequence)
    throw msgpack::type_error{};
  if (out.counts.rules.size() > out.rule_names.size()
      || out.dead.size() > message_counters::max_dead)
    throw msgpack::type_error{};
}

} // namespace

std::vector<char> pack(const decoder_memory& x) {
  msgpack::sbuffer out;
  packer p{out};
  p.pack_array(members);
  p.pack(version);
  p.pack(x.rules.text);
  p.pack_array(static_cast<uint32_t>(x.rules.subscriptions.size()));
  for (auto& s : x.rules.subscriptions) {
    p.pack_array(2);
    p.pack(s.identifier);
    p.pack(s.filter);
  }
  p.pack(x.told);
  p.pack(x.sequence);
  p.pack(x.rule_names);
  write(p, x.counts);
  p.pack_array(static_cast<uint32_t>(x.dead.size()));
  for (auto& d : x.dead) {
    p.pack_array(4);
    p.pack(d.arrival);
    write_bytes(p, d.topic);
    write_bytes(p, d.payload);
    p.pack(d.reason);
  }
  p.pack_array(static_cast<uint32_t>(x.last_times.size()));
  for (auto& [key, time] : x.last_times) {
    p.pack_array(2);
    p.pack(key);
    p.pack(time);
  }
  return {out.data(), out.data() + out.size()};
}

caf::error unpack(const std::vector<char>& bytes, decoder_memory& x) {
  try {
    // No array can have more items than there are bytes.
    auto n = bytes.size();
    msgpack::unpack_limit limit{n, 0, n, n, 0, 8};
    auto handle
      = msgpack::unpack(bytes.data(), bytes.size(), nullptr, nullptr, limit);
    decoder_memory result;
    read_all(handle.get(), result);
    x = std::move(result);
    return {};
  } catch (const std::exception& e) {
    return fail(ec::damaged,
                std::string{"snapshot: the decoder's part: "} + e.what());
  }
}

} // namespace rrdflow
