// Writes the same rows with librrd and by ourselves, and compares every byte.
//
//   same_bytes [CASES] [SEED]
//
// Each case is a file of its own (random_case.hpp), one batch of rows after the
// other. What only librrd can write is counted. Case N of seed S is case 0 of
// seed S + N.

#include "actors/base/file.hpp"
#include "actors/writer/librrd.hpp"
#include "actors/writer/row_store.hpp"
#include "actors/writer/rrd_create.hpp"
#include "messages/error.hpp"
#include "tests/writer/random_case.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

struct figures {
  uint64_t batches = 0;
  uint64_t rows = 0;
  uint64_t left_to_librrd = 0;
};

std::string content(int fd) {
  struct stat info;
  ::fstat(fd, &info);
  std::string result(static_cast<size_t>(info.st_size), 0);
  if (::pread(fd, result.data(), result.size(), 0) != info.st_size)
    std::abort();
  return result;
}

/// A file that librrd keeps and one that we keep.
class pair_of_files {
public:
  pair_of_files(random_case& x, int folder) {
    if (auto err = librrd::create(folder, "a", x.definition(), x.begin()))
      fatal(explain(err));
    theirs_ = unique_fd{::openat(folder, "a", O_RDWR)};
    ours_ = unique_fd{::memfd_create("ours", 0)};
    if (!theirs_ || !ours_)
      fatal("no files");
    auto header = look();
    if (!tune(theirs_.get(), x.definition(), header))
      fatal("tune");
    auto live = header.bytes.substr(header.live_begin);
    x.alter(header, live);
    if (!write_all(theirs_.get(), live, header.live_begin))
      fatal("live part");
    take_over();
  }

  /// Whether both are the same after these rows.
  bool write(const row_block& rows, figures& count) {
    auto header = look();
    if (!header)
      fatal(header.reason);
    auto map = match_columns(header.definition, header.definition);
    auto sources = header.definition.sources.size();
    update_arguments arguments{rows, 0, sources, map};
    if (auto err = librrd::update(theirs_.get(), arguments.argv()))
      fatal(explain(err));
    ++count.batches;
    count.rows += rows.times.size();
    if (!update_.begin(header, rows.times.back() + 5)) {
      ++count.left_to_librrd;
      take_over();
      return true;
    }
    update_.apply(rows, 0, sources, map);
    if (store_update(ours_.get(), header, update_, [] {}) != store_state::done)
      fatal("cannot write");
    return content(theirs_.get()) == content(ours_.get());
  }

  void explain_difference() const {
    auto x = content(theirs_.get());
    auto y = content(ours_.get());
    auto header = look();
    std::printf("live part at %zu, rows at %zu\n", header.live_begin,
                header.bytes.size());
    for (size_t i = 0; i < x.size(); i += 8)
      if (x.compare(i, 8, y, i, 8) != 0) {
        double values[2];
        std::memcpy(&values[0], x.data() + i, 8);
        std::memcpy(&values[1], y.data() + i, 8);
        std::printf("byte %zu: librrd %.17g, we %.17g\n", i, values[0],
                    values[1]);
      }
  }

private:
  [[noreturn]] static void fatal(const std::string& text) {
    std::fprintf(stderr, "same_bytes: %s\n", text.c_str());
    std::exit(2);
  }

  rrd_header look() const {
    struct stat info;
    ::fstat(theirs_.get(), &info);
    return read_header(theirs_.get(), static_cast<uint64_t>(info.st_size));
  }

  /// Has ours be as theirs is.
  void take_over() const {
    if (!write_all(ours_.get(), content(theirs_.get()), 0))
      fatal("cannot copy");
  }

  unique_fd theirs_;
  unique_fd ours_;
  row_update update_{librrd::unknown()};
};

bool run(uint64_t seed, int folder, figures& count) {
  random_case x{seed};
  pair_of_files files{x, folder};
  for (auto n = 1 + x.below(5); n > 0; --n) {
    auto rows = x.batch();
    if (files.write(rows, count))
      continue;
    std::printf("seed %llu: not the same\n",
                static_cast<unsigned long long>(seed));
    files.explain_difference();
    return false;
  }
  return true;
}

} // namespace

int main(int argc, char** argv) {
  auto cases = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2000;
  auto seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  librrd::initialise();
  std::string path = std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp";
  path += "/rrdflow-bytes-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    return 2;
  unique_fd folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY)};
  figures count;
  uint64_t failures = 0;
  for (uint64_t i = 0; i < cases && failures < 10; ++i) {
    failures += !run(seed + i, folder.get(), count);
    ::unlinkat(folder.get(), "a", 0);
  }
  std::filesystem::remove_all(path);
  auto number = [](uint64_t x) { return static_cast<unsigned long long>(x); };
  std::printf("%llu cases, %llu batches, %llu rows, %llu batches left to "
              "librrd, %llu cases not the same\n",
              number(cases), number(count.batches), number(count.rows),
              number(count.left_to_librrd), number(failures));
  return failures > 0 ? 1 : 0;
}
