/// The check of RRD files: one that it lets through is safe with librrd, and
/// the program's own writer, if it takes it, makes the same of it. The input: a byte of
/// flags (1: give the file the size that its header wants; 2: lay rows over
/// it), a byte that chooses what is asked, and the file.

#include "actors/writer/rrd_header.hpp"

#include "actors/writer/file_update.hpp"
#include "actors/writer/librrd.hpp"
#include "actors/writer/rrd_reader.hpp"
#include "config/file_definition.hpp"
#include "tests/fuzz/scratch.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <cstring>

using namespace rrdflow;
using fuzz::require;

namespace {

constexpr uint64_t max_size = 1 << 20;

template <class T>
T at(const std::string& bytes, size_t offset) {
  T result;
  std::memcpy(&result, bytes.data() + offset, sizeof(T));
  return result;
}

/// Cuts or fills the file such that its size is right.
void fit(std::string& bytes) {
  using namespace rrd_layout;
  if (bytes.size() < static_size)
    return;
  auto sources = at<uint64_t>(bytes, source_count_at);
  auto archives = at<uint64_t>(bytes, archive_count_at);
  if (sources > 100 || archives > 100)
    return;
  auto live
    = bytes.compare(version_at, 4, "0001") == 0 ? live_size_0001 : live_size;
  auto header = static_size + sources * (source_size + pending_size)
                + archives * (archive_size + pointer_size) + live
                + archives * sources * consolidated_size;
  if (bytes.size() < header)
    bytes.resize(header);
  auto size = header;
  for (uint64_t i = 0; i < archives; ++i) {
    auto rows = at<uint64_t>(bytes, static_size + sources * source_size
                                      + i * archive_size + archive_rows_at);
    if (rows > max_size)
      return;
    size += rows * sources * sizeof(double);
  }
  if (size <= max_size)
    bytes.resize(size);
}

/// Reads the file with all functions, the one of `choice` first.
void read(const rrd_folder& folder, const rrd_header& header, uint8_t choice,
          bool lay_over) {
  read_request x;
  auto step = header.definition.step;
  x.functions.clear();
  for (auto i = 0; i < 4; ++i)
    x.functions.push_back(static_cast<consolidation>((choice + i) % 4));
  x.to = header.last_update + (choice / 4 % 4 - 1) * step * 3;
  x.from = x.to - (choice / 16 % 4) * step * 10;
  x.resolution = choice / 64 * step * 2;
  if (x.from < 0 || x.to < x.from)
    return;
  if (lay_over) {
    x.waiting.known = true;
    x.waiting.definition = std::make_shared<file_definition>(header.definition);
    auto end = header.last_update / step * step;
    for (auto n = 1; n < 4; ++n) {
      x.waiting.rows.times.push_back(end + n * step * (1 + choice % 3));
      for (size_t i = 0; i < header.definition.sources.size(); ++i)
        x.waiting.rows.cells.push_back(
          {value_bits::of(uint64_t{choice}), true});
    }
  }
  auto results = fetch_rows(folder, "file", x);
  if (!results)
    return;
  require(results->size() == 4, "an answer for each function");
  for (auto& result : *results) {
    if (result.step == 0)
      continue;
    require(result.sources.size() == header.definition.sources.size(),
            "an answer's sources");
    require(result.values.size() % result.sources.size() == 0,
            "an answer's rows are whole");
  }
}

std::string content(int fd, uint64_t size) {
  std::string result;
  require(read_on(fd, result, size) && result.size() == size, "it is read");
  return result;
}

/// The row "1" for all sources.
row_block one_row(const file_definition& x, int64_t time) {
  row_block row;
  row.times.push_back(time);
  for (const auto& source : x.sources)
    row.cells.push_back({is_integer(source.type) ? value_bits::of(uint64_t{1})
                                                 : value_bits::of(1.0),
                         true});
  return row;
}

/// What the row makes of the file by `row_update`; empty if that leaves it to
/// librrd.
std::string written_by_own(int fd, const rrd_header& before, uint64_t size,
                          const row_block& row, const column_map& columns) {
  row_update update;
  auto time = row.times.front();
  if (time <= before.last_update || !update.begin(before, time))
    return {};
  update.apply(row, 0, row.cells.size(), columns);
  unique_fd copy{::memfd_create("ours", MFD_CLOEXEC)};
  require(write_all(copy.get(), content(fd, size), 0), "a copy is made");
  require(store_update(copy.get(), before, update, [] {}) == store_state::done,
          "the own writer writes");
  return content(copy.get(), size);
}

/// A row goes into the file itself, whose definitions stay what they were.
void write(const std::string& path, const rrd_header& before, uint64_t size) {
  unique_fd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  auto time
    = before.last_update / before.definition.step * before.definition.step
      + 2 * before.definition.step;
  // The last time that the check takes; no row of the program comes near it.
  if (time > int64_t{1} << 40)
    return;
  auto row = one_row(before.definition, time);
  auto columns = match_columns(before.definition, before.definition);
  auto ours = written_by_own(fd.get(), before, size, row, columns);
  auto err = librrd::update(fd.get(), row, 0, 1, row.cells.size(), columns);
  auto after = read_definitions(fd.get(), size);
  require(static_cast<bool>(after), "the file is sound after an update");
  require(after.definitions == before.definitions, "definitions stay");
  if (err)
    return;
  require(ours.empty() || ours == content(fd.get(), size),
          "it writes what librrd writes");
  auto whole = read_header(fd.get(), size);
  require(static_cast<bool>(whole), "all of it is sound after an update");
  require(whole.last_update == time, "the update is in it");
  require(restore_image(fd.get(), before, undo_image(before)),
          "its header can be put back");
  auto restored = read_header(fd.get(), size);
  require(restored && restored.bytes == before.bytes,
          "the header is what it was");
}

} // namespace

// librrd loses the 16 bytes of a live head, which it makes for files of version
// 0001, whenever it opens one.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:rrd_open\n";
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fuzz::scratch store;
  static auto folder = rrd_folder::open(store.path());
  require(static_cast<bool>(folder), "the folder opens");
  auto input = fuzz::text_of(data, size);
  auto flags = fuzz::take_byte(input);
  auto choice = fuzz::take_byte(input);
  std::string bytes{input};
  if ((flags & 1) != 0)
    fit(bytes);
  auto header = parse_header(bytes, bytes.size());
  require(header || !header.reason.empty(), "a refusal has a reason");
  if (!header)
    return 0;
  require(rrd_file_size(header.definition) == bytes.size()
            || bytes.compare(4, 4, "0001") == 0,
          "its size is right");
  store.put("rrd/file.rrd", bytes);
  auto info = describe_file(*folder, "file");
  require(info && info->exists && info->error.empty(), "it can be described");
  read(*folder, header, choice, (flags & 2) != 0);
  write(store.path() + "/rrd/file.rrd", header, bytes.size());
  return 0;
}
