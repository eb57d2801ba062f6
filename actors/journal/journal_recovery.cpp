#include "actors/journal/journal_recovery.hpp"

#include "actors/journal/journal_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace rrdflow {

namespace {

namespace fs = std::filesystem;

/// Of a segment's base.
constexpr uint64_t alignment = 4096;

/// While files that have each other's names are renamed.
const std::string moving = ".moving";

bool ends_with(const std::string& x, const std::string& suffix) {
  return x.size() >= suffix.size()
         && x.compare(x.size() - suffix.size(), suffix.size(), suffix) == 0;
}

std::string name_of(const std::string& path) {
  return fs::path{path}.filename().string();
}

/// A segment file as it was found.
struct found_segment {
  segment_ptr info;

  /// Bytes without the header at the end.
  uint64_t data_size = 0;

  /// One copy of the header, or both, cannot be read.
  bool header_damaged = false;
};

found_segment
inspect_file(const std::string& path, position named, mapped_file& file) {
  found_segment result;
  result.info = std::make_shared<segment>();
  auto& x = *result.info;
  x.path = path;
  x.size = file.size();
  auto size = file.size() / 8 * 8;
  result.data_size = size;
  segment_header front;
  segment_header back;
  auto front_known = false;
  auto back_known = false;
  if (size >= segment_header_size) {
    auto at = size - segment_header_size;
    file.load(0, segment_header_size);
    file.load(at, file.size() - at);
    front_known = read_header(file.data(), front);
    back_known = at > 0 && read_header(file.data() + at, back);
    if (back_known)
      result.data_size = at;
  }
  result.header_damaged = !front_known || !back_known;
  x.header_known = front_known || back_known;
  // The copy at the end is written first when a segment is begun.
  if (back_known)
    x.header = back;
  if (front_known && (!back_known || front.state == segment_state::begun))
    x.header = front;
  if (!x.header_known)
    x.header.base = named;
  return result;
}

/// The number that most segments have.
uint64_t commonest_id(const std::vector<found_segment>& xs) {
  std::map<uint64_t, size_t> counts;
  uint64_t result = 0;
  for (auto& x : xs)
    if (auto id = x.info->header.id;
        x.info->header_known && ++counts[id] > counts[result])
      result = id;
  return result;
}

/// One start: each step once, in this order.
class recovery {
public:
  recovery(const journal_files& files, std::string folder,
           std::string quarantine, uint64_t segment_size,
           segment_list& segments)
    : files_{files}, folder_{std::move(folder)}, quarantine_{std::move(
                                                   quarantine)},
      segment_size_{segment_size}, segments_{segments} {
    // nop
  }

  caf::expected<recovered_journal> run(uint64_t id) {
    if (auto err = take_inventory())
      return err;
    result_.id = id != 0 ? id : commonest_id(found_);
    remove_foreign();
    rename_misnamed();
    if (auto err = trim_all())
      return err;
    if (auto err = read_all())
      return err;
    return std::move(result_);
  }

private:
  // -- which files there are --------------------------------------------------

  caf::error take_inventory() {
    std::error_code err;
    std::vector<std::string> names;
    for (fs::directory_iterator i{folder_, err}, end; !err && i != end;
         i.increment(err))
      names.push_back(i->path().filename().string());
    if (err)
      return fail(ec::io_failed, folder_ + ": " + err.message());
    std::sort(names.begin(), names.end());
    for (auto& name : names) {
      auto path = folder_ + "/" + name;
      if (ends_with(name, ".journal.tmp")) {
        fs::remove(path, err);
        continue;
      }
      auto stem = ends_with(name, moving)
                    ? name.substr(0, name.size() - moving.size())
                    : name;
      position named = 0;
      if (!parse_segment_name(stem, named))
        continue;
      auto file = mapped_file::open(path);
      if (!file) {
        if (is_passing(file.error()))
          return std::move(file.error());
        problem(file.error());
        result_.unused = std::max(result_.unused, named + segment_size_);
        continue;
      }
      auto x = inspect_file(path, named, **file);
      auto base = std::max(named, x.info->header.base);
      auto size = std::max(x.info->size, segment_size_);
      auto behind = (base + size + alignment - 1) / alignment * alignment;
      result_.unused = std::max(result_.unused, behind);
      found_.push_back(std::move(x));
    }
    return caf::none;
  }

  /// Sets segments of other journals aside.
  void remove_foreign() {
    auto is_own = [this](const found_segment& x) {
      return !x.info->header_known || x.info->header.id == result_.id;
    };
    auto own = std::stable_partition(found_.begin(), found_.end(), is_own);
    for (auto i = own; i != found_.end(); ++i) {
      auto& path = i->info->path;
      ++result_.report.foreign;
      std::error_code err;
      fs::rename(path, quarantine_ + "/foreign-" + name_of(path), err);
      result_.report.problems.push_back(
        path + ": is of another journal"
        + (err ? ", and cannot be moved to quarantine: " + err.message()
               : ": moved to quarantine"));
    }
    found_.erase(own, found_.end());
    for (auto& x : found_)
      x.info->header.id = result_.id;
  }

  /// Gives each file the name that its header tells.
  void rename_misnamed() {
    auto path_of = [this](const found_segment& x) {
      return folder_ + "/" + segment_name(x.info->header.base);
    };
    for (auto& x : found_) {
      auto& path = x.info->path;
      if (path == path_of(x))
        continue;
      ++result_.report.misnamed;
      if (!ends_with(path, moving))
        rename(path, path + moving);
    }
    // Of two with the same positions, that with the right name comes first.
    std::stable_sort(found_.begin(), found_.end(), [&](auto& a, auto& b) {
      auto l = a.info->header.base;
      auto r = b.info->header.base;
      return l != r ? l < r
                    : a.info->path == path_of(a) && b.info->path != path_of(b);
    });
    std::vector<found_segment> kept;
    for (auto& x : found_)
      if (kept.empty() || kept.back().info->header.base != x.info->header.base)
        kept.push_back(std::move(x));
      else
        rename(x.info->path, quarantine_ + "/" + name_of(x.info->path));
    found_ = std::move(kept);
    for (auto& x : found_)
      if (auto path = path_of(x); x.info->path != path)
        rename(x.info->path, path);
  }

  void rename(std::string& path, const std::string& to) {
    std::error_code err;
    fs::rename(path, to, err);
    if (err)
      result_.report.problems.push_back(path + ": " + err.message());
    else
      path = to;
  }

  // -- where each segment ends ------------------------------------------------

  caf::error trim_all() {
    auto copies = has_failed_sync(folder_);
    for (auto& x : found_) {
      auto holds = trim(x);
      if (!holds)
        return std::move(holds.error());
      if (!*holds)
        continue;
      segments_.add(x.info);
      // What a killed process left may be in the page cache only.
      if (auto err = copies ? copy(*x.info) : sync_file(files_, x.info->path)) {
        note_failed_sync(folder_);
        return err;
      }
    }
    forget_failed_sync(folder_);
    report_torn();
    return caf::none;
  }

  /// Finds where the records of `x` end. Returns false if the segment holds
  /// nothing, not even news of what came before; its file is gone then.
  caf::expected<bool> trim(const found_segment& x) {
    auto& info = *x.info;
    auto& header = info.header;
    auto file = mapped_file::open(info.path);
    if (!file) {
      if (is_passing(file.error()))
        return std::move(file.error());
      problem(file.error());
      return false;
    }
    result_.report.damaged_headers += x.header_damaged ? 1 : 0;
    (*file)->load(0, (*file)->size());
    auto bytes = (*file)->data();
    auto at = info.first();
    journal_record record;
    while (find_record(bytes, header, at, header.base + x.data_size, record))
      at = record.end;
    if (at > info.first())
      sequence_ = std::max(sequence_, record.sequence);
    info.end = at;
    auto used = at - header.base;
    auto tail = x.data_size;
    while (tail > used && bytes[tail - 1] == 0)
      --tail;
    // Bytes behind a segment's last record were torn, unless a later segment
    // knows that records were there: these are part of a gap.
    if (torn_.bytes > 0 && info.header_known
        && header.state == segment_state::begun
        && header.previous_end > torn_.at)
      torn_.bytes = 0;
    report_torn();
    auto no_news
      = header.state == segment_state::prepared
        || (header.previous_end <= at_ && header.last_sequence <= sequence_);
    if (info.header_known && at == info.first() && tail == used && no_news) {
      if (::unlink(info.path.c_str()) != 0)
        problem(file_error(info.path, errno));
      return false;
    }
    at_ = at > info.first() ? at : std::max(at_, header.previous_end);
    sequence_ = std::max(sequence_, header.last_sequence);
    if (tail > used) {
      torn_ = {at, tail - used};
      if (!keep(at, bytes + used, tail - used))
        return true;
    }
    if (info.header_known)
      cut(x, used);
    return true;
  }

  void report_torn() {
    if (torn_.bytes == 0)
      return;
    result_.report.torn.push_back(torn_);
    result_.report.torn_bytes += std::exchange(torn_.bytes, 0);
  }

  /// Gives back what will not be used any more, and repairs the header.
  void cut(const found_segment& x, uint64_t used) {
    auto& info = *x.info;
    auto size = used + segment_header_size;
    if (info.size == size && !x.header_damaged)
      return;
    if (auto err = cut_segment(info.path, info.header, used))
      problem(err);
    else
      info.size = size;
  }

  caf::error copy(const segment& x) {
    auto file = mapped_file::open(x.path);
    if (!file)
      return std::move(file.error());
    auto copied = copy_segment(files_, folder_, x.header.base, **file);
    return copied ? caf::error{} : std::move(copied.error());
  }

  // -- what is in them --------------------------------------------------------

  caf::error read_all() {
    auto first = segments_.find(0);
    if (!first)
      return caf::none;
    auto& report = result_.report;
    journal_reader reader{segments_, nullptr};
    reader.seek(first->header.base, sequence_before(*first));
    result_.end = first->header.previous_end;
    result_.checksum = first->header.previous_checksum;
    position base = 0;
    journal_record record;
    for (;;) {
      auto status = reader.next(record);
      if (status == feed_status::failed)
        return reader.failure();
      if (status == feed_status::drained)
        break;
      if (status == feed_status::gap) {
        auto gap = reader.gap();
        report.gaps.push_back(gap);
        auto [bytes, size] = reader.damaged_bytes();
        if (size > 0)
          keep(gap.end - size, bytes, size);
        result_.end = gap.end;
        result_.checksum = 0;
        continue;
      }
      auto& header = reader.current().header;
      if (std::exchange(base, header.base) != header.base
          && header.previous_end != 0 && header.previous_end == result_.end
          && result_.checksum != 0
          && header.previous_checksum != result_.checksum)
        ++report.foreign;
      ++report.records;
      result_.end = record.end;
      result_.checksum = reader.checksum();
      result_.last_arrival = std::max(result_.last_arrival, record.arrival);
      result_.last_request = std::max(result_.last_request, record.request);
      if (record.kind == record_kind::verdict)
        result_.verdicts.emplace_back(record.payload);
    }
    result_.last_sequence = reader.consumed();
    report.end = result_.end;
    return caf::none;
  }

  /// Copies bytes into quarantine/, once.
  bool keep(position at, const uint8_t* bytes, size_t size) {
    char name[40];
    std::snprintf(name, sizeof(name), "/journal-%016llx",
                  static_cast<unsigned long long>(at));
    auto path = quarantine_ + name;
    if (::access(path.c_str(), F_OK) == 0)
      return true;
    auto err = replace_file(path, {reinterpret_cast<const char*>(bytes), size});
    if (err)
      problem(err);
    return !err;
  }

  void problem(const caf::error& x) {
    result_.report.problems.push_back(explain(x));
  }

  const journal_files& files_;
  std::string folder_;
  std::string quarantine_;
  uint64_t segment_size_;
  segment_list& segments_;
  std::vector<found_segment> found_;
  recovered_journal result_;

  /// Where the records end so far, and the newest message.
  position at_ = 0;
  uint64_t sequence_ = 0;

  /// Behind the records of the segment that was trimmed last.
  torn_tail torn_;
};

} // namespace

uint64_t recovery_report::missing_messages() const {
  uint64_t result = 0;
  for (auto& x : gaps)
    result += x.messages;
  return result;
}

uint64_t sequence_before(const segment& first) {
  if (first.header_known && first.header.state == segment_state::begun)
    return first.header.last_sequence;
  auto file = mapped_file::open(first.path);
  journal_record x;
  if (!file
      || !find_record((*file)->data(), first.header, first.first(),
                      first.end.load(), x))
    return 0;
  return x.sequence - (x.kind == record_kind::message ? 1 : 0);
}

caf::expected<recovered_journal>
recover(const journal_files& files, const std::string& folder,
        const std::string& quarantine, uint64_t segment_size, uint64_t id,
        segment_list& segments) {
  return recovery{files, folder, quarantine, segment_size, segments}.run(id);
}

} // namespace rrdflow
