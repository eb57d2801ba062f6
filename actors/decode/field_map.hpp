#pragma once

#include "messages/catalog_values.hpp"
#include "messages/sample.hpp"

#include <tsl/robin_set.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rrdflow {

/// Whether two texts are the same; quicker than a call for those of up to 16
/// bytes, as the names of fields are.
inline bool fast_equal(std::string_view x, std::string_view y) noexcept {
  auto n = x.size();
  if (n != y.size())
    return false;
  auto* a = x.data();
  auto* b = y.data();
  auto same = [&](auto word, size_t at) {
    auto other = word;
    std::memcpy(&word, a + at, sizeof(word));
    std::memcpy(&other, b + at, sizeof(word));
    return word == other;
  };
  // Two words that overlap, of the longest size that fits.
  if (n > 16)
    return std::memcmp(a, b, n) == 0;
  if (n >= 8)
    return same(uint64_t{}, 0) && same(uint64_t{}, n - 8);
  if (n >= 4)
    return same(uint32_t{}, 0) && same(uint32_t{}, n - 4);
  if (n >= 2)
    return same(uint16_t{}, 0) && same(uint16_t{}, n - 2);
  return n == 0 || *a == *b;
}

class path_pool;

/// A path that several topics share; its text follows it in memory.
struct shared_path {
  path_pool* owner;
  uint64_t hash;
  uint32_t references;
  uint32_t size;

  std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), size};
  }
};

/// A counted reference to the path of a field. The empty path, which most
/// topics have, belongs to no pool.
class path_ref {
public:
  path_ref() noexcept = default;

  explicit path_ref(shared_path* x) noexcept : path_{x} {
    if (path_ != nullptr)
      ++path_->references;
  }

  path_ref(const path_ref& x) noexcept : path_ref{x.path_} {
    // nop
  }

  path_ref(path_ref&& x) noexcept : path_{std::exchange(x.path_, nullptr)} {
    // nop
  }

  path_ref& operator=(path_ref x) noexcept {
    std::swap(path_, x.path_);
    return *this;
  }

  ~path_ref() {
    if (path_ != nullptr && --path_->references == 0)
      forget(path_);
  }

  std::string_view text() const noexcept {
    return path_ == nullptr ? std::string_view{} : path_->text();
  }

private:
  static void forget(shared_path* x) noexcept;

  shared_path* path_ = nullptr;
};

/// Keeps each path once: a million topics have the same few.
///
/// Concurrency: none, its references included.
class path_pool {
public:
  path_pool() = default;
  path_pool(const path_pool&) = delete;
  path_pool& operator=(const path_pool&) = delete;

  /// @pre no reference is left
  ~path_pool() = default;

  /// A reference to the path, which stays until the last one is gone.
  path_ref get_or_create(std::string_view path);

  /// Paths that have a reference.
  size_t size() const noexcept {
    return paths_.size();
  }

  static uint64_t hash(std::string_view path) noexcept;

private:
  friend class path_ref;

  struct hasher {
    using is_transparent = void;
    size_t operator()(std::string_view x) const noexcept {
      return static_cast<size_t>(hash(x));
    }
    size_t operator()(const shared_path* x) const noexcept {
      return static_cast<size_t>(x->hash);
    }
  };

  struct equal {
    using is_transparent = void;
    bool operator()(const shared_path* x, const shared_path* y) const noexcept {
      return x == y;
    }
    bool operator()(std::string_view x, const shared_path* y) const noexcept {
      return x == y->text();
    }
    bool operator()(const shared_path* x, std::string_view y) const noexcept {
      return x->text() == y;
    }
  };

  tsl::robin_set<shared_path*, hasher, equal> paths_;
};

/// What is known about a field of a topic.
enum class binding_state : uint8_t {
  /// The field is not stored.
  unused,
  /// Its series was not asked for yet.
  unresolved,
  /// The CATALOG was asked.
  asked,
  /// It has a file.
  resolved,
  /// It has none; `refused` says why.
  refused,
  /// There is no such series, and none was to be made of a reading without a
  /// value. The next value asks again.
  absent,
};

/// A field of a topic and the series it goes to. Several bindings in a row have
/// the same path if several sources take the field. What is called path here
/// and below is a `binding_key`: of most rules the path alone.
struct field_binding {
  static constexpr uint32_t no_time = 0xffffffff;
  static constexpr uint32_t no_mapping = 0xffffffff;

  path_ref path;
  uint32_t mapping_index = no_mapping;
  file_id file = 0;

  /// The arrival of its last sample, in seconds.
  uint32_t last_seen = 0;

  /// Index of the series' last time, if these are kept.
  uint32_t time_index = no_time;

  uint16_t source = 0;
  uint16_t shard = 0;
  binding_state state = binding_state::unused;
  refusal refused = refusal::none;

  /// The next binding has the same path.
  bool more = false;

  /// Its type is for integers, and that it gets decimals was named.
  bool decimals = false;
};

static_assert(sizeof(field_binding) == 32, "what a million series can afford");

/// The fields of one topic, in the order they were met in. The only field of a
/// topic lies in the map itself.
class field_map {
public:
  static constexpr size_t npos = static_cast<size_t>(-1);

  /// Finds the first binding of `path`, beginning at index `hint`, where a
  /// message that looks like the one before has it.
  size_t find(std::string_view path, size_t hint) const noexcept {
    if (hint < size() && fast_equal(data()[hint].path.text(), path))
      return hint;
    return search(path);
  }

  /// The same without a hint.
  size_t find(std::string_view path) const noexcept {
    return search(path);
  }

  /// Appends bindings for a new path, one for each of `mappings`, or an unused
  /// one.
  size_t add(path_ref path, const std::vector<uint32_t>& mappings);

  /// Removes all bindings without a file.
  void sweep();

  /// The bindings, in a row. Valid until the next change of the map.
  const field_binding* data() const noexcept {
    if (auto* x = std::get_if<many>(&bindings_))
      return x->all.data();
    return std::get_if<field_binding>(&bindings_);
  }

  field_binding* data() noexcept {
    return const_cast<field_binding*>(std::as_const(*this).data());
  }

  size_t size() const noexcept {
    if (auto* x = std::get_if<many>(&bindings_))
      return x->all.size();
    return bindings_.index() == 0 ? 0 : 1;
  }

  /// The one binding of a map that has no other, else null.
  field_binding* only() noexcept {
    return std::get_if<field_binding>(&bindings_);
  }

  field_binding& operator[](size_t index) noexcept {
    return data()[index];
  }

  field_binding* begin() noexcept {
    return data();
  }

  field_binding* end() noexcept {
    return data() + size();
  }

  bool has_file() const noexcept;

  /// Fetches bindings that lie elsewhere into the cache.
  void prefetch() const noexcept;

private:
  struct many {
    std::vector<field_binding> all;

    /// Hash table of first bindings (plus one; 0 is free) by path; only of
    /// topics with many fields.
    std::unique_ptr<std::vector<uint32_t>> index;
  };

  size_t search(std::string_view path) const noexcept;
  void append(field_binding x);
  void note(size_t first);
  static void note(many& xs, size_t first);

  [[no_unique_address]] std::variant<std::monostate, field_binding, many>
    bindings_;
};

} // namespace rrdflow
