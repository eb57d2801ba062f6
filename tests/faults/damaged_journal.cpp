#include "tests/faults/damaged_journal.hpp"

#include <algorithm>

namespace rrdflow::test {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t segment_size = 16 << 10;
constexpr size_t shown_losses = 10;

/// Starts of the service while the journal is written.
constexpr uint64_t runs = 4;

} // namespace

damaged_journal::damaged_journal(uint64_t kilobytes, uint64_t seed,
                                 const std::string& topic) {
  bench_.options.segment_size = segment_size;
  bench_.options.random = 0x9e3779b97f4a7c15 * (seed + 1);
  // The disk is in memory.
  bench_.options.files.sync = [](int) { return 0; };
  // Every seed has records of its own.
  bench_.longest = 301 + seed % 199;
  bench_.topics = topic;
  // A record of `fill` has 250 bytes in the mean.
  auto messages = kilobytes * 1024 / 250;
  for (uint64_t i = 1; i <= runs; ++i) {
    bench_.open();
    bench_.fill(messages * i / runs);
  }
  // As if killed: the mapping's bytes stay.
  bench_.uut = nullptr;
  for (auto& path : bench_.segments()) {
    original x;
    x.path = path;
    x.bytes = read_file(path);
    parse_segment_name(fs::path{path}.filename().string(), x.base);
    originals_.push_back(std::move(x));
  }
  for (size_t i = 0; i < originals_.size(); ++i)
    touched_.push_back(i);
  bench_.open();
  whole_ = bench_.read();
  restore();
  figures_["messages"] = whole_.sequences.size();
  figures_["segments"] = originals_.size();
  for (auto& x : originals_)
    figures_["bytes"] += x.bytes.size();
}

void damaged_journal::put(size_t segment, const std::string& bytes) {
  write_file(originals_[segment].path, bytes);
  touched_.push_back(segment);
}

void damaged_journal::restore() {
  bench_.uut = nullptr;
  for (auto& x : fs::directory_iterator{bench_.folder.path() + "/quarantine"})
    fs::remove(x.path());
  for (auto& path : bench_.segments())
    if (std::none_of(originals_.begin(), originals_.end(),
                     [&](auto& x) { return x.path == path; }))
      fs::remove(path);
  // A start cuts the last ones.
  for (auto n = originals_.size(); n > 0 && n + 2 > originals_.size(); --n)
    touched_.push_back(n - 1);
  for (auto i : touched_)
    write_file(originals_[i].path, originals_[i].bytes);
  touched_.clear();
}

void damaged_journal::lose(const std::string& text) {
  ++figures_["losses"];
  if (losses_.size() < shown_losses)
    losses_.push_back(text);
}

void damaged_journal::check(const char* what, size_t segment, uint64_t begin,
                            uint64_t end) {
  look(what, segment, begin, end);
  restore();
}

void damaged_journal::look(const char* what, size_t segment, uint64_t begin,
                           uint64_t end) {
  ++figures_[what];
  auto base = originals_[segment].base;
  auto total = whole_.sequences.size();
  // The messages [first, last) have bytes there.
  auto first = static_cast<size_t>(
    std::upper_bound(whole_.ends.begin(), whole_.ends.end(), base + begin)
    - whole_.ends.begin());
  auto last = static_cast<size_t>(
    std::lower_bound(whole_.begins.begin(), whole_.begins.end(), base + end)
    - whole_.begins.begin());
  last = std::max(first, last);
  auto in_the_end = last == total;
  bench_.open();
  auto& uut = *bench_.uut;
  auto& report = uut.report();
  auto found = bench_.read();
  auto where = std::string{what} + " at byte " + std::to_string(begin)
               + " of segment " + std::to_string(segment) + ": ";
  auto expect = [&](bool good, const std::string& text) {
    if (!good)
      lose(where + text);
    return good;
  };
  expect(found.wrong == 0, std::to_string(found.wrong) + " wrong values");
  auto wanted = whole_.sequences;
  wanted.erase(wanted.begin() + static_cast<ptrdiff_t>(first),
               wanted.begin() + static_cast<ptrdiff_t>(last));
  expect(found.sequences == wanted, std::to_string(found.sequences.size())
                                      + " messages read, not "
                                      + std::to_string(wanted.size()));
  auto noticed = report.torn_bytes > 0 || report.damaged_headers > 0
                 || report.misnamed > 0 || report.foreign > 0
                 || !report.gaps.empty();
  expect(noticed, "not noticed");
  // What a start tells is what a reader meets.
  expect(found.gaps.size() == report.gaps.size()
           && found.missing == report.missing_messages(),
         "the report is not what is read");
  auto lost = last - first;
  figures_["messages lost"] += lost;
  figures_["torn off the end"] += report.torn_bytes > 0;
  if (lost == 0 || in_the_end) {
    expect(report.gaps.empty(), "a gap where nothing is missing");
    return;
  }
  // Without its file, nothing shows that there was a first segment.
  if (uut.sequence_before() > 0) {
    expect(first == 0 && uut.sequence_before() == lost,
           "the beginning is not told");
    ++figures_["beginnings lost"];
    return;
  }
  ++figures_["gaps"];
  auto gap_begin = first == 0 ? originals_[0].base : whole_.ends[first - 1];
  if (expect(report.gaps.size() == 1, "no gap, or several"))
    expect(report.gaps[0].begin == gap_begin
             && report.gaps[0].end == whole_.begins[last]
             && report.gaps[0].messages == lost,
           "the gap is " + std::to_string(report.gaps[0].begin) + " to "
             + std::to_string(report.gaps[0].end) + " with "
             + std::to_string(report.gaps[0].messages) + " messages, not "
             + std::to_string(gap_begin) + " to "
             + std::to_string(whole_.begins[last]) + " with "
             + std::to_string(lost));
}

} // namespace rrdflow::test
