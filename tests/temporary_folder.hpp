#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace rrdflow::test {

/// A folder of its own for a test, gone with the object; in memory where that
/// is possible, since some tests sync thousands of files.
class temporary_folder {
public:
  temporary_folder() {
    for (std::string parent : {"/dev/shm", "/tmp"}) {
      path_ = parent + "/rrdflow-XXXXXX";
      if (::mkdtemp(path_.data()) != nullptr)
        return;
    }
    throw std::runtime_error{"mkdtemp failed"};
  }

  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  ~temporary_folder() {
    std::error_code err;
    std::filesystem::remove_all(path_, err);
  }

  const std::string& path() const noexcept {
    return path_;
  }

  std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }

private:
  std::string path_;
};

/// The bytes of a file; none if there is no such file.
inline std::string read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream out{path, std::ios::binary | std::ios::trunc};
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

} // namespace rrdflow::test
