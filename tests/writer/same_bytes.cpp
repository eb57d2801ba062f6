// Makes, writes and reads the same files with librrd and with rrdflow, and
// compares every byte.
//
//   same_bytes [CASES] [SEED]
//
// Each case is a file of its own (random_case.hpp), one batch of rows after the
// other. Before a batch is written, it is read as rows that wait, which must
// give what rrd_fetch gives afterwards. What only librrd can write is counted.
// Case N of seed S is case 0 of seed S + N.

#include "actors/base/file.hpp"
#include "actors/writer/file_update.hpp"
#include "actors/writer/librrd.hpp"
#include "actors/writer/rrd_reader.hpp"
#include "config/file_definition.hpp"
#include "messages/error.hpp"
#include "tests/writer/random_case.hpp"
#include "tests/writer/rrdtool.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

struct figures {
  uint64_t batches = 0;
  uint64_t rows = 0;
  uint64_t left_to_librrd = 0;
  uint64_t reads = 0;
  uint64_t values = 0;
};

[[noreturn]] void fatal(const std::string& text) {
  std::fprintf(stderr, "same_bytes: %s\n", text.c_str());
  std::exit(2);
}

std::string content(int fd) {
  struct stat info;
  ::fstat(fd, &info);
  std::string result(static_cast<size_t>(info.st_size), 0);
  if (::pread(fd, result.data(), result.size(), 0) != info.st_size)
    std::abort();
  return result;
}

/// The row times of a batch that are newer than all before.
row_block ascending(const row_block& x) {
  row_block result;
  auto width = x.cells.size() / x.times.size();
  for (size_t i = 0; i < x.times.size(); ++i) {
    if (!result.times.empty()
        && x.time_ms(i) <= result.time_ms(result.times.size() - 1))
      continue;
    result.times.push_back(x.times[i]);
    if (!x.milliseconds.empty())
      result.milliseconds.push_back(x.milliseconds[i]);
    if (!x.heartbeats.empty())
      result.heartbeats.push_back(x.heartbeats[i]);
    auto cells = x.cells.begin() + static_cast<std::ptrdiff_t>(i * width);
    result.cells.insert(result.cells.end(), cells,
                        cells + static_cast<std::ptrdiff_t>(width));
  }
  return result;
}

template <class T>
void put_before(std::vector<T>& xs, const std::vector<T>& front) {
  xs.insert(xs.begin(), front.begin(), front.end());
}

/// A file that librrd keeps, and one of rrdflow in a store.
class pair_of_files {
public:
  pair_of_files(random_case& x, const std::string& store)
    : case_{x}, begin_{x.begin()}, store_{store}, theirs_path_{store
                                                               + "/theirs"},
      definition_{std::make_shared<file_definition>(x.definition())},
      folder_{std::move(*rrd_folder::open(store))} {
    create(begin_);
  }

  /// Whether the header that rrdflow makes of a file is librrd's.
  bool same_header() const {
    auto theirs = look();
    auto ours = make_header(*definition_, begin_, 0).bytes;
    if (ours.size() != theirs.bytes.size())
      return false;
    // librrd begins archives anywhere, and its text of an xff may be rounded.
    auto archives = definition_->archives.size();
    auto pointers = ours.size() - archives * rrd_layout::pointer_size;
    auto at = rrd_layout::static_size
              + definition_->sources.size() * rrd_layout::source_size;
    for (size_t i = 0; i < archives; ++i, at += rrd_layout::archive_size)
      ours.replace(at + rrd_layout::archive_xff_at, 8, theirs.bytes,
                   at + rrd_layout::archive_xff_at, 8);
    return ours.compare(0, pointers, theirs.bytes, 0, pointers) == 0;
  }

  /// Leaves the file as others left it, now and then.
  void alter() {
    auto header = look();
    auto live = header.bytes.substr(header.live_begin);
    case_.alter(header, live);
    if (!write_all(theirs_.get(), live, header.live_begin))
      fatal("live part");
    take_over();
  }

  /// Reads with waiting rows, of the file or of none.
  void read_as_waiting(const row_block& rows, bool exists, figures& count) {
    read_request x;
    x.waiting = {true, definition_, ascending(rows)};
    if (exists && !previous_.times.empty()) {
      // What is in the file already is passed over.
      auto& to = x.waiting.rows;
      put_before(to.times, previous_.times);
      put_before(to.cells, previous_.cells);
      put_before(to.milliseconds, previous_.milliseconds);
      put_before(to.heartbeats, previous_.heartbeats);
    }
    x.functions = {consolidation::average, consolidation::min,
                   consolidation::max, consolidation::last};
    for (size_t i = 0; i < 4; ++i)
      std::swap(x.functions[i], x.functions[case_.below(3)]);
    choose_range(x, rows.times.back());
    auto found = fetch_rows(folder_, exists ? "ours" : "none", x);
    if (!found && found.error() != ec::bad_request)
      fatal(explain(found.error()));
    waiting_.emplace(std::move(x), std::move(found));
    ++count.reads;
  }

  /// Whether the last `read_as_waiting` gave what the file has now.
  bool as_written(figures& count) const {
    auto& [x, found] = *waiting_;
    for (size_t i = 0; i < x.functions.size(); ++i) {
      auto expected = rrdtool::fetch(theirs_path_, x.functions[i], x.from, x.to,
                                     x.resolution);
      // No archive of the first function.
      if (!found)
        return expected.step == 0;
      auto& y = (*found)[i];
      if (expected.step == 0 && y.step == 0)
        continue;
      if (y.start != expected.start || y.step != expected.step
          || y.sources != expected.sources
          || y.values.size() != expected.values.size()
          || std::memcmp(y.values.data(), expected.values.data(),
                         y.values.size() * sizeof(double))
               != 0)
        return false;
      count.values += y.values.size();
    }
    return true;
  }

  /// A new file.
  void create(int64_t last_update) {
    theirs_ = unique_fd{};
    rrdtool::create(theirs_path_, *definition_, last_update);
    theirs_ = unique_fd{::open(theirs_path_.c_str(), O_RDWR)};
    ours_ = unique_fd{::open((store_ + "/rrd/ours.rrd").c_str(),
                             O_RDWR | O_CREAT | O_TRUNC, 0640)};
    if (!theirs_ || !ours_)
      fatal("no files");
    auto header = look();
    for (auto i : tune(header, *definition_))
      if (!write_tuned(theirs_.get(), header, i))
        fatal("tune");
    take_over();
  }

  void write_theirs(const row_block& rows) const {
    auto map = match_columns(*definition_, *definition_);
    if (auto err = update_by_librrd(theirs_.get(), look(), rows, 0,
                                    definition_->sources.size(), map))
      fatal(explain(err));
  }

  /// Whether both are the same after these rows.
  bool write(const row_block& rows, figures& count) {
    auto header = look();
    if (!header)
      fatal(header.reason);
    write_theirs(rows);
    ++count.batches;
    count.rows += rows.times.size();
    previous_ = ascending(rows);
    if (!update_.begin(header, rows.times.back() + 5)) {
      ++count.left_to_librrd;
      take_over();
      return true;
    }
    if (!rows.heartbeats.empty())
      for (auto i : set_heartbeat(header, rows.heartbeats.back()))
        if (!write_tuned(ours_.get(), header, i))
          fatal("tune");
    update_.apply(rows, 0, definition_->sources.size(),
                  match_columns(*definition_, *definition_));
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
        std::printf("byte %zu: librrd %.17g, rrdflow %.17g\n", i, values[0],
                    values[1]);
      }
  }

private:
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

  /// Some time around the archives.
  void choose_range(read_request& x, int64_t newest) {
    auto& archives = definition_->archives;
    auto& archive = archives[case_.below(archives.size() - 1)];
    auto step = definition_->step * archive.steps;
    auto rows = uint64_t{archive.rows};
    auto back = static_cast<int64_t>(case_.below(rows + rows / 4 + 2)) * step;
    auto length = static_cast<int64_t>(case_.below(rows + 3)) * step;
    auto some = [&] {
      return static_cast<int64_t>(case_.below(static_cast<uint64_t>(step)));
    };
    x.from = std::max<int64_t>(0, newest - back + some());
    x.to = x.from + length + some();
    if (case_.below(2) != 0)
      x.resolution = static_cast<int64_t>(case_.below(50)) * definition_->step;
  }

  random_case& case_;
  int64_t begin_;
  std::string store_;
  std::string theirs_path_;
  definition_ptr definition_;
  rrd_folder folder_;
  unique_fd theirs_;
  unique_fd ours_;
  row_update update_;

  /// The batch before.
  row_block previous_;

  std::optional<
    std::pair<read_request, caf::expected<std::vector<fetch_result>>>>
    waiting_;
};

/// @returns what is not the same; null: nothing
const char* run_case(random_case& x, pair_of_files& files, figures& count) {
  if (!files.same_header())
    return "the header of a new file";
  // As if there was no file before the first batch.
  auto begin = x.begin();
  auto rows = x.batch();
  auto first = rows.times.front() - x.definition().step;
  files.read_as_waiting(rows, false, count);
  files.create(first);
  files.write_theirs(rows);
  if (!files.as_written(count))
    return "what is read without a file";
  files.create(begin);
  files.alter();
  for (auto n = x.below(5);; --n) {
    files.read_as_waiting(rows, true, count);
    if (!files.write(rows, count))
      return "what is written";
    if (!files.as_written(count))
      return "what is read";
    if (n == 0)
      return nullptr;
    rows = x.batch();
  }
}

bool run(uint64_t seed, const std::string& store, figures& count) {
  random_case x{seed};
  pair_of_files files{x, store};
  auto wrong = run_case(x, files, count);
  if (wrong == nullptr)
    return true;
  std::printf("seed %llu: %s is not the same\n",
              static_cast<unsigned long long>(seed), wrong);
  files.explain_difference();
  return false;
}

} // namespace

int main(int argc, char** argv) {
  auto cases = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2000;
  auto seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  librrd::initialise();
  std::string store = std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp";
  store += "/rrdflow-bytes-XXXXXX";
  if (::mkdtemp(store.data()) == nullptr)
    return 2;
  figures count;
  uint64_t failures = 0;
  for (uint64_t i = 0; i < cases && failures < 10; ++i)
    failures += !run(seed + i, store, count);
  std::filesystem::remove_all(store);
  auto number = [](uint64_t x) { return static_cast<unsigned long long>(x); };
  std::printf("%llu cases, %llu batches, %llu rows, %llu batches left to "
              "librrd, %llu reads of %llu values, %llu cases not the same\n",
              number(cases), number(count.batches), number(count.rows),
              number(count.left_to_librrd), number(count.reads),
              number(count.values), number(failures));
  return failures > 0 ? 1 : 0;
}
