#include "tests/faults/rrd_mutant.hpp"

#include "actors/writer/rrd_header.hpp"
#include "tests/temporary_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iterator>

namespace rrdflow::test {

using namespace rrd_layout;

namespace {

const uint64_t extremes[] = {0,
                             1,
                             2,
                             49,
                             50,
                             255,
                             1ull << 31,
                             1ull << 32,
                             1ull << 61,
                             (1ull << 61) + 1,
                             1ull << 62,
                             1ull << 63,
                             ~uint64_t{0},
                             0xffffffff,
                             0x7ff0000000000000};

uint64_t extreme(std::mt19937_64& random) {
  return extremes[random() % std::size(extremes)];
}

void put_number(std::string& bytes, size_t at, uint64_t x) {
  std::memcpy(bytes.data() + at, &x, sizeof(x));
}

std::string noise(std::mt19937_64& random, size_t n) {
  std::string result(n, 0);
  for (auto& x : result)
    x = static_cast<char>(random());
  return result;
}

/// Where each archive's pointer is.
size_t pointer_at(const std::string& bytes, size_t header, size_t archive) {
  uint64_t archives;
  std::memcpy(&archives, bytes.data() + archive_count_at, sizeof(archives));
  return header - (archives - archive % archives) * pointer_size;
}

/// The place of a number that librrd counts with.
size_t count_at(const std::string& bytes, std::mt19937_64& random) {
  uint64_t sources;
  std::memcpy(&sources, bytes.data() + source_count_at, sizeof(sources));
  auto archive = static_size + sources * source_size;
  const size_t places[]
    = {source_count_at, archive_count_at, step_at, archive + archive_rows_at,
       archive + archive_steps_at};
  return places[random() % std::size(places)];
}

std::string foreign(std::mt19937_64& random) {
  const std::string heads[] = {"SQLite format 3",
                               "\x7f"
                               "ELF\2\1\1",
                               "%s%n%s%n%n%n%n",
                               "<?xml",
                               "RRD",
                               std::string("RRD\0"
                                           "0003\0",
                                           9),
                               "\x1f\x8b\x08"};
  auto& head = heads[random() % std::size(heads)];
  return head + noise(random, random() % 20000);
}

} // namespace

const char* to_string(rrd_damage x) {
  static const char* names[rrd_damages] = {"bytes of the header",
                                           "numbers in the header",
                                           "row pointer out of range",
                                           "step 0",
                                           "huge counts",
                                           "names",
                                           "cut off",
                                           "too long",
                                           "zeros",
                                           "noise",
                                           "a foreign file",
                                           "link to /etc/passwd",
                                           "link to a neighbour",
                                           "FIFO",
                                           "folder",
                                           "no permission"};
  return names[static_cast<size_t>(x)];
}

std::string damaged(std::string bytes, size_t header, rrd_damage how,
                    std::mt19937_64& random) {
  auto n = 1 + random() % 3;
  switch (how) {
    case rrd_damage::header_bytes:
      for (; n > 0; --n)
        bytes[random() % header] = static_cast<char>(random());
      break;
    case rrd_damage::header_numbers:
      for (; n > 0; --n)
        put_number(bytes, random() % (header / 8) * 8, extreme(random));
      break;
    case rrd_damage::row_pointer: {
      auto at = pointer_at(bytes, header, random() % 16);
      put_number(bytes, at, 50 + random() % 2 * extreme(random));
      break;
    }
    case rrd_damage::step_zero:
      put_number(bytes, step_at, 0);
      break;
    case rrd_damage::counts:
      put_number(bytes, count_at(bytes, random),
                 (1ull << 61) + random() % 2 * (random() % 9));
      break;
    case rrd_damage::names: {
      const char* names[]
        = {"%s%n%s%n%n%s%n%s%n", "../../../etc/passwd", "a b", "\xff\xfe", ""};
      auto at = static_size + random() % 2 * source_type_at;
      std::memset(bytes.data() + at, 0, text_size);
      std::strncpy(bytes.data() + at, names[random() % std::size(names)],
                   text_size - 1);
      break;
    }
    case rrd_damage::cut:
      bytes.resize(random() % bytes.size());
      break;
    case rrd_damage::longer:
      bytes += noise(random, 1 + random() % 5000);
      break;
    case rrd_damage::zeros:
      bytes.assign(random() % 2 ? bytes.size() : random() % 5000, '\0');
      break;
    case rrd_damage::noise:
      bytes = noise(random, random() % 20000);
      break;
    default:
      bytes = foreign(random);
  }
  return bytes;
}

void put_object(const std::string& path, const std::string& neighbour,
                const std::string& bytes, rrd_damage how) {
  namespace fs = std::filesystem;
  switch (how) {
    case rrd_damage::link_outside:
      fs::create_symlink("/etc/passwd", path);
      break;
    case rrd_damage::link_to_neighbour:
      fs::create_symlink(neighbour, path);
      break;
    case rrd_damage::fifo:
      ::mkfifo(path.c_str(), 0600);
      break;
    case rrd_damage::folder:
      fs::create_directory(path);
      break;
    default:
      write_file(path, bytes);
      ::chmod(path.c_str(), 0);
  }
}

} // namespace rrdflow::test
