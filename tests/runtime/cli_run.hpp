#pragma once

#include "runtime/cli/command_line.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace rrdflow::test {

/// A temporary directory, removed at the end.
struct cli_directory {
  std::string path = make();

  ~cli_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }

  std::string write(const std::string& name, const std::string& text) const {
    auto file = path + '/' + name;
    std::ofstream{file} << text;
    return file;
  }

private:
  static std::string make() {
    char name[] = "/tmp/rrdflow-cli-XXXXXX";
    return mkdtemp(name);
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
