#pragma once

#include "tests/fuzz/oracle.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace rrdflow::fuzz {

/// A folder in memory, gone with the process, whatever ends it normally.
class scratch {
public:
  scratch() {
    require(::mkdtemp(path_.data()) != nullptr, "a folder can be made");
  }

  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const noexcept {
    return path_;
  }

  /// Makes folders empty, and makes them if they are not there.
  template <class... Names>
  void empty(const Names&... names) const {
    for (std::string name : {std::string{names}...}) {
      auto folder = path_ + '/' + name;
      std::error_code ignored;
      std::filesystem::create_directories(folder, ignored);
      for (auto& x : std::filesystem::directory_iterator{folder, ignored})
        std::filesystem::remove_all(x.path(), ignored);
    }
  }

  void put(const std::string& name, std::string_view bytes) const {
    std::ofstream out{path_ + '/' + name, std::ios::binary | std::ios::trunc};
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    require(out.good(), "a file can be written");
  }

private:
  std::string path_ = "/dev/shm/rrdflow-fuzz-XXXXXX";
};

inline std::string read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

} // namespace rrdflow::fuzz
