#pragma once

#include "runtime/cli/command_line.hpp"
#include "tests/temporary_folder.hpp"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace rrdflow::test {

/// A temporary folder of files.
struct cli_directory : temporary_folder {
  std::string write(const std::string& name, const std::string& text) const {
    auto file = *this / name;
    std::ofstream{file} << text;
    return file;
  }
};

/// What a command line printed and returned.
struct cli_result {
  int code = 0;
  std::string out;
  std::string err;
};

/// Runs a command line; `typed` is what a person answers, if there is one.
inline cli_result
run_cli(const std::vector<std::string>& arguments,
        const service_verbs& verbs = {}, const char* typed = nullptr) {
  std::ostringstream out, err;
  std::istringstream in{typed ? typed : ""};
  console terminal{out, err, in, typed != nullptr};
  cli_result result;
  result.code = run_command_line(arguments, verbs, terminal);
  result.out = out.str();
  result.err = err.str();
  return result;
}

} // namespace rrdflow::test
