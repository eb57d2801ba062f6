#include "actors/base/definition_codec.hpp"
#include "actors/cache/shard_pack.hpp"
#include "messages/error.hpp"

#include <msgpack.hpp>

#include <algorithm>
#include <stdexcept>

namespace rrdflow {

namespace {

using object = msgpack::object;

/// Ends the unpacking of damaged bytes; never leaves this file.
struct damage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void require(bool x, const char* what) {
  if (!x)
    throw damage{what};
}

/// The elements of an array.
struct elements {
  const object* begin;
  uint32_t size;

  explicit elements(const object& x) {
    require(x.type == msgpack::type::ARRAY, "no array");
    begin = x.via.array.ptr;
    size = x.via.array.size;
  }

  elements(const object& x, uint32_t wanted) : elements{x} {
    require(size == wanted, "wrong number of elements");
  }

  template <class T>
  T as(size_t i) const {
    return begin[i].as<T>();
  }

  /// Seconds of which sums do not overflow.
  int64_t seconds(size_t i) const {
    constexpr auto bound = int64_t{1} << 33;
    auto result = as<int64_t>(i);
    require(result > -bound && result < bound, "a time out of bounds");
    return result;
  }
};

definition_ptr to_definition(const object& x) {
  elements xs{x, 1 + packed_definition_size};
  auto result = unpack_definition(xs.begin + 1);
  require(result.has_value(), "a bad definition");
  return std::make_shared<file_definition>(std::move(*result));
}

std::string_view to_rows(const object& x, uint16_t sources) {
  require(x.type == msgpack::type::BIN, "no rows");
  auto row_bytes = row_view::stored_bytes(sources);
  require(x.via.bin.size % row_bytes == 0, "half a row");
  uint32_t before = 0;
  for (size_t i = 0; i < x.via.bin.size; i += row_bytes) {
    auto slot = row_view::stored_slot(x.via.bin.ptr + i, sources);
    require(slot > before, "rows out of order");
    before = slot;
  }
  return {x.via.bin.ptr, x.via.bin.size};
}

unpacked_file
to_file(const object& x, const std::vector<definition_ptr>& definitions,
        int64_t told) {
  elements xs{x, 12};
  auto number = xs.as<uint32_t>(2);
  require(number < definitions.size(), "unknown definition");
  unpacked_file result;
  result.key = xs.as<uint64_t>(1);
  result.definition = definitions[number];
  result.sealed_until = xs.seconds(3);
  result.first_arrival = xs.seconds(4);
  result.newest_arrival = xs.seconds(5);
  result.retire_before = xs.as<int64_t>(6);
  result.sealed = xs.as<uint32_t>(7);
  result.past.end = xs.seconds(9);
  elements sources{xs.begin[10],
                   static_cast<uint32_t>(result.definition->sources.size())};
  for (uint32_t i = 0; i < sources.size; ++i) {
    elements ys{sources.begin[i], 5};
    result.past.sources.push_back(
      {ys.seconds(0), {{ys.as<uint64_t>(2)}, ys.as<bool>(1)}});
    result.newest.push_back({ys.as<int64_t>(3), {ys.as<uint64_t>(4)}});
  }
  auto n = static_cast<uint16_t>(sources.size);
  result.rows = to_rows(xs.begin[11], n);
  result.row_count
    = static_cast<uint32_t>(result.rows.size() / row_view::stored_bytes(n));
  require(result.sealed <= result.row_count, "more sealed than there are");
  require(result.first_arrival <= told, "a reading from the future");
  require(xs.as<uint32_t>(8) <= result.sealed, "handed over before sealed");
  return result;
}

void to_books(const object& x, int64_t& told, shard_counters& books) {
  elements xs{x, 11};
  require(xs.as<std::string>(1) == "rrdflow-shard", "not of a shard");
  require(xs.as<int>(2) == 1, "another version");
  told = std::max(told, xs.seconds(5));
  books.samples_merged = xs.as<uint64_t>(6);
  books.rows_opened = xs.as<uint64_t>(7);
  books.rows_written = xs.as<uint64_t>(8);
  books.samples_late = xs.as<std::map<std::string, uint64_t>>(9);
  books.rows_abandoned = xs.as<std::map<std::string, uint64_t>>(10);
}

/// Strings and rows need no copy: they are read at once.
bool refer(msgpack::type::object_type, size_t, void*) {
  return true;
}

} // namespace

caf::error
unpack_section(std::string_view bytes, int64_t& told, shard_counters& books,
               const std::function<bool(unpacked_file&)>& take) {
  // Nothing can be larger than the bytes it is made of, and nothing is nested
  // deeper than a source in its list in a file.
  msgpack::unpack_limit limit{0x10000, 0x100000, 0x10000, bytes.size(), 0, 4};
  try {
    std::vector<definition_ptr> definitions;
    uint64_t files = 0;
    auto ended = false;
    for (size_t at = 0, n = 0; at < bytes.size(); ++n) {
      require(!ended, "bytes behind the end");
      auto x = msgpack::unpack(bytes.data(), bytes.size(), at, refer, nullptr,
                               limit);
      elements xs{x.get()};
      require(xs.size > 0, "an empty array");
      auto kind = xs.as<unsigned>(0);
      require((n == 0) == (kind == 0), "the header is not in front");
      if (kind == 0) {
        to_books(x.get(), told, books);
      } else if (kind == 1) {
        definitions.push_back(to_definition(x.get()));
      } else if (kind == 2) {
        auto file = to_file(x.get(), definitions, told);
        ++files;
        if (!take(file))
          return caf::none;
      } else {
        require(kind == 3 && xs.size == 2 && xs.as<uint64_t>(1) == files,
                "files are missing");
        ended = true;
      }
    }
    require(ended, "the end is missing");
    return caf::none;
  } catch (const std::exception& e) {
    return fail(ec::damaged, std::string{"snapshot of a shard: "} + e.what());
  }
}

} // namespace rrdflow
