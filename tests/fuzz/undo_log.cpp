/// Undo logs, put back over the files of a store. The input: a byte of flags,
/// and, if its first bit is set, a log as it stands. Otherwise records: each a
/// byte (1: of a new file; 2, 4, 8: not this file's inode, birth, definitions;
/// 16: another path; 32: an image that is too long; 64: the end is torn off)
/// and the image's bytes, up to the next zero.

#include "actors/writer/rollback.hpp"
#include "actors/writer/rrd_header.hpp"
#include "actors/writer/undo_format.hpp"
#include "config/file_definition.hpp"
#include "tests/fuzz/scratch.hpp"

#include <optional>

using namespace rrdflow;
using fuzz::require;

namespace {

constexpr uint64_t marker = 7;

file_definition definition() {
  file_definition result;
  result.step = 10;
  result.sources.resize(2);
  result.sources[0].name = "a";
  result.sources[1].name = "b";
  for (auto& x : result.sources)
    x.heartbeat = 20;
  result.archives = {{consolidation::average, 0.5, 1, 12}};
  return result;
}

/// A store with two files, as they are before each run.
class bench {
public:
  bench() {
    scratch_.empty("rrd", "snapshot");
    auto folder = rrd_folder::open(scratch_.path());
    require(static_cast<bool>(folder), "the store opens");
    auto bytes = make_header(definition(), 1700000000, 0).bytes;
    bytes.resize(rrd_file_size(definition()));
    scratch_.put("rrd/one.rrd", bytes);
    scratch_.put("rrd/two.rrd", bytes);
    one_ = folder->open_file("one", false);
    header_ = read_definitions(one_.fd.get(), one_.size);
    require(static_cast<bool>(header_), "a new file is sound");
    whole_ = fuzz::read_file(path("one"));
  }

  int run(std::string_view bytes) {
    auto flags = fuzz::take_byte(bytes);
    auto log = (flags & 1) != 0 ? std::string{bytes} : records(bytes);
    check_log(log);
    scratch_.put("rrd/one.rrd", whole_);
    scratch_.put("rrd/two.rrd", whole_);
    scratch_.put(name(marker), log);
    auto first = rollback(scratch_.path(), 1);
    require(static_cast<bool>(first), "a log of whatever kind is no failure");
    check(*first);
    auto once = fuzz::read_file(path("one"));
    auto again = rollback(scratch_.path(), 1);
    require(again && fuzz::read_file(path("one")) == once,
            "once more changes nothing");
    remake();
    return 0;
  }

private:
  static std::string name(uint64_t x) {
    return undo_name("", x, 0).substr(1);
  }

  std::string path(const std::string& x) const {
    return scratch_.path() + "/rrd/" + x + ".rrd";
  }

  std::string records(std::string_view bytes) {
    std::string log{undo_magic};
    while (!bytes.empty()) {
      auto flags = fuzz::take_byte(bytes);
      auto end = std::min(bytes.find('\0'), bytes.size());
      std::string image{bytes.substr(0, end)};
      bytes.remove_prefix(std::min(end + 1, bytes.size()));
      undo_record x;
      x.kind = (flags & 1) != 0 ? undo_kind::absent : undo_kind::image;
      x.identity = one_.identity;
      // Far from the inodes of files that are made at the same time.
      x.identity.inode += (flags & 2) != 0 ? uint64_t{1} << 40 : 0;
      x.identity.birth += (flags & 4) != 0 ? 1 : 0;
      x.definitions = header_.definitions + ((flags & 8) != 0 ? 1 : 0);
      x.path = (flags & 16) != 0 ? "two" : "one";
      image.resize(undo_image(header_).size() + ((flags & 32) != 0 ? 1 : 0));
      if (x.kind == undo_kind::image)
        x.image = image;
      append_record(log, x, marker);
      if ((flags & 64) != 0)
        log.resize(log.size() - 1);
    }
    return log;
  }

  /// What is read of a log is what was written.
  static void check_log(std::string_view log) {
    if (log.substr(0, undo_magic.size()) != undo_magic)
      return;
    auto rest = log.substr(undo_magic.size());
    undo_record x;
    for (auto before = rest; take_record(rest, x, marker); before = rest) {
      std::string written;
      append_record(written, x, marker);
      require(before.substr(0, before.size() - rest.size()) == written,
              "a record comes back");
    }
  }

  void check(const rollback_result& x) const {
    require(x.headers + x.deleted <= 1, "only one file is named rightly");
    require(fuzz::read_file(path("two")) == whole_,
            "a file that the log does not mean stays as it was");
    auto bytes = fuzz::read_file(path("one"));
    if (x.deleted > 0)
      require(bytes.empty(), "it is gone");
    else
      require(bytes.size() == whole_.size(), "it keeps its size");
    require(x.headers > 0 || x.deleted > 0 || bytes == whole_,
            "nothing changes that is not told");
  }

  /// A file that was deleted comes back as another.
  void remake() {
    if (std::filesystem::exists(path("one")))
      return;
    scratch_.put("rrd/one.rrd", whole_);
    auto folder = rrd_folder::open(scratch_.path());
    one_ = folder->open_file("one", false);
  }

  fuzz::scratch scratch_;
  opened_file one_;
  rrd_header header_;
  std::string whole_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static bench uut;
  return uut.run(fuzz::text_of(data, size));
}
