#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace rrdflow::test {

/// A folder of its own for a test, removed in the end; in memory where that is
/// possible, since these tests sync thousands of files.
struct scratch {
  scratch() {
    for (std::string parent : {"/dev/shm", "/tmp"}) {
      path = parent + "/rrdflow_ingest.XXXXXX";
      if (::mkdtemp(path.data()) != nullptr)
        return;
    }
    throw std::runtime_error{"mkdtemp failed"};
  }

  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  ~scratch() {
    std::error_code err;
    std::filesystem::remove_all(path, err);
  }

  std::string path;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream out{path, std::ios::binary | std::ios::trunc};
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

} // namespace rrdflow::test
