#include "messages/request.hpp"

#include <msgpack.hpp>

#include <sstream>

namespace rrdflow {

namespace {

using packer = msgpack::packer<std::stringstream>;

template <class F>
std::string packed(uint32_t members, F f) {
  std::stringstream out;
  packer p{out};
  p.pack_array(members);
  f(p);
  return out.str();
}

/// Bounds of what a request may hold: damaged bytes must not cost memory.
msgpack::unpack_limit limits() {
  constexpr size_t elements = 1 << 24;
  return {elements, 0, 64 << 20, 0, 0, 4};
}

/// Calls `f` with the members; any exception of msgpack means damage.
template <class F>
bool unpacked(std::string_view bytes, uint32_t members, F f) {
  try {
    auto handle
      = msgpack::unpack(bytes.data(), bytes.size(), nullptr, nullptr, limits());
    auto& x = handle.get();
    if (x.type != msgpack::type::ARRAY || x.via.array.size != members)
      return false;
    f(x.via.array.ptr);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

} // namespace

std::string pack(const rules_request& x) {
  return packed(2, [&](packer& p) {
    p.pack(x.text);
    p.pack_array(static_cast<uint32_t>(x.subscriptions.size()));
    for (auto& s : x.subscriptions) {
      p.pack_array(2);
      p.pack(s.identifier);
      p.pack(s.filter);
    }
  });
}

std::string pack(const flush_request& x) {
  return packed(1, [&](packer& p) { p.pack(x.series); });
}

std::string pack(const retire_request& x) {
  return packed(2, [&](packer& p) {
    p.pack(x.files);
    p.pack(x.idle_since);
  });
}

std::string pack(const forget_request& x) {
  return packed(2, [&](packer& p) {
    p.pack(x.pattern);
    p.pack(x.remove);
  });
}

std::string pack(const dead_record& x) {
  return packed(2, [&](packer& p) {
    p.pack(x.at);
    p.pack(x.why);
  });
}

bool unpack(std::string_view bytes, rules_request& x) {
  return unpacked(bytes, 2, [&](const msgpack::object* xs) {
    x.text = xs[0].as<std::string>();
    x.subscriptions.clear();
    for (auto& s : xs[1].as<std::vector<msgpack::object>>()) {
      auto pair = s.as<std::pair<uint32_t, std::string>>();
      x.subscriptions.push_back({pair.first, std::move(pair.second)});
    }
  });
}

bool unpack(std::string_view bytes, flush_request& x) {
  return unpacked(bytes, 1, [&](const msgpack::object* xs) {
    x.series = xs[0].as<std::string>();
  });
}

bool unpack(std::string_view bytes, retire_request& x) {
  return unpacked(bytes, 2, [&](const msgpack::object* xs) {
    x.files = xs[0].as<std::vector<std::string>>();
    x.idle_since = xs[1].as<int64_t>();
  });
}

bool unpack(std::string_view bytes, forget_request& x) {
  return unpacked(bytes, 2, [&](const msgpack::object* xs) {
    x.pattern = xs[0].as<std::string>();
    x.remove = xs[1].as<bool>();
  });
}

bool unpack(std::string_view bytes, dead_record& x) {
  return unpacked(bytes, 2, [&](const msgpack::object* xs) {
    x.at = xs[0].as<position>();
    x.why = xs[1].as<std::string>();
  });
}

} // namespace rrdflow
