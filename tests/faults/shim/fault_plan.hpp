#pragma once

// Which call shall fail, as the environment says; see fail_calls.cpp.

#include "tests/faults/shim/store_path.hpp"

namespace shim {

/// What calls there are.
enum class kind : unsigned {
  write,
  sync,
  allocate,
  rename,
  open,
  create,
  map,
  count,
};

/// The "error" of a write that shall write the half.
constexpr int half = -1;

/// Counts a call about an open file, if it is one of the store; returns the
/// error that it shall have, or 0.
int judge(kind what, const char* function, int fd);

/// The same for a call about the file `name` seen from the folder `at`.
int judge(kind what, const char* function, int at, const char* name);

/// A folder is made.
int judge_mkdir(const char* function, int at, const char* name);

/// A file is opened; that counts twice if it makes the file.
int judge_open(const char* function, int at, const char* name, int flags);

} // namespace shim
