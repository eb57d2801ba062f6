#pragma once

#include <tsl/robin_set.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace rrdflow {

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
  path_ref obtain(std::string_view path);

  /// Paths that somebody refers to.
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

} // namespace rrdflow
