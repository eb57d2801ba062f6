// Damages one of three RRD files, then has all of them written and read: see
// rrd_damage.py. Each case runs in a child that may not be root.
//
//   rrd_damage SEED MUTANTS [unchecked]
//
// "unchecked": librrd gets the damaged files as they are. Prints "figure NAME
// N" and "loss TEXT" lines.

#include "tests/faults/rrd_mutant.hpp"
#include "tests/faults/watched_child.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/writer/rrd_fixture.hpp"
#include "tests/writer/rrdtool.hpp"

#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <iostream>
#include <map>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

namespace fs = std::filesystem;

constexpr uint64_t memory_limit = 1ull << 30;
constexpr unsigned nobody = 65534;

/// Rows that the files have already, and those that are written then.
constexpr int before = 40;
constexpr int after = 5;

const std::string neighbours[] = {"b", "c/d"};

void become_nobody(const std::string& folder) {
  if (::geteuid() != 0)
    return;
  if (::chown(folder.c_str(), nobody, nobody) != 0
      || ::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0
      || ::setuid(nobody) != 0) {
    std::perror("setuid");
    ::_exit(1);
  }
  // Else /proc/self is root's still.
  ::prctl(PR_SET_DUMPABLE, 1);
}

class trial : store_fixture {
public:
  trial(const std::string& folder, uint64_t seed, bool checked)
    : store_fixture{folder}, seed_{seed}, checked_{checked} {
    definition_ = make_definition(
      {make_source("value"), make_source("n", source_type::dcounter)});
    for (auto& name : {names_[0], names_[1], neighbours[0], neighbours[1]}) {
      write(name, values(0, before), definition_);
      whole_[name] = slurp(file(name));
      write(name, values(before, after), definition_);
      updated_[name] = slurp(file(name));
    }
    header_ = header_of(file(neighbours[0])).bytes.size();
  }

  std::string run(uint64_t i, child_figures& figures) {
    std::mt19937_64 random{seed_ * 1000003 + i};
    auto how = static_cast<rrd_damage>(i % rrd_damages);
    auto& name = names_[i / rrd_damages % 2];
    auto bytes = restore(name, how, random);
    figures.add(to_string(how));
    if (!checked_)
      return unchecked(name, how);
    restart();
    std::vector<write_job> jobs;
    for (auto& x : {neighbours[0], name, neighbours[1]})
      jobs.push_back({id(x), definition_, values(before, after), false});
    read_request reading;
    reading.file = id(name);
    reading.from = t0;
    reading.to = t0 + 10 * before;
    auto read = engine->read(reading);
    engine->describe({id(name)});
    auto outcomes = engine->write(jobs);
    if (!outcomes)
      return "the writer ends: " + explain(outcomes.error());
    for (auto& x : neighbours)
      if (slurp(file(x)) != updated_[x])
        return "its neighbour " + x + " is not as it should be";
    return judge(name, how, bytes, (*outcomes)[1], figures);
  }

private:
  static row_block values(int first, int n) {
    row_block result;
    for (auto i = first; i < first + n; ++i) {
      result.times.push_back(t0 + 10 * i);
      result.cells.push_back(number(i));
      result.cells.push_back(number(2 * i));
    }
    return result;
  }

  /// Puts everything as it was, and the damage in its place.
  /// @returns the bytes of the damaged file, if it is one.
  std::string
  restore(const std::string& name, rrd_damage how, std::mt19937_64& random) {
    for (auto& x : fs::directory_iterator{store + "/bad"})
      fs::remove_all(x.path());
    // Undo logs would grow.
    fs::remove_all(store + "/snapshot");
    for (auto& [x, bytes] : whole_) {
      fs::remove_all(file(x));
      spill(file(x), bytes);
    }
    auto bytes = whole_[name];
    fs::remove(file(name));
    if (has_bytes(how)) {
      bytes = damaged(bytes, header_, how, random);
      spill(file(name), bytes);
    } else {
      put_object(file(name), file(neighbours[0]), bytes, how);
    }
    return bytes;
  }

  std::string
  judge(const std::string& name, rrd_damage how, const std::string& bytes,
        const write_outcome& outcome, child_figures& figures) {
    auto named = outcome.error.find(name + ".rrd: ") == 0
                 && outcome.error.size() > name.size() + 8;
    std::vector<fs::path> bad;
    for (auto& x : fs::directory_iterator{store + "/bad"})
      bad.push_back(x.path());
    if (!bad.empty()) {
      figures.add("set aside");
      if (!has_bytes(how) || bad.size() != 1 || slurp(bad[0].string()) != bytes)
        return "what is in bad/ is not the damaged file";
      if (!named || outcome.written != after)
        return "no new file in place of one set aside: " + outcome.error;
      return header_of(file(name)) ? "" : "the new file is not sound";
    }
    if (outcome.abandoned > 0 || outcome.status != write_status::done) {
      figures.add("refused");
      return named ? "" : "refused without a reason: " + outcome.error;
    }
    figures.add("taken as it is");
    return has_bytes(how) ? "" : "a foreign file was taken";
  }

  /// What happens without the check of the header.
  std::string unchecked(const std::string& name, rrd_damage how) {
    if (how == rrd_damage::fifo)
      return {};
    unique_fd fd{::open(file(name).c_str(), O_RDWR)};
    if (!fd)
      return {};
    auto next = std::to_string(t0 + 10 * (before + 1)) + ":1:2";
    auto path = "/proc/self/fd/" + std::to_string(fd.get());
    rrdtool::update(path, next);
    rrdtool::fetch(path, consolidation::average, t0, t0 + 400, 10);
    return {};
  }

  uint64_t seed_;
  bool checked_;
  definition_ptr definition_;
  size_t header_ = 0;
  const std::string names_[2] = {"a", "%s%n%n%s"};
  std::map<std::string, std::string> whole_;
  std::map<std::string, std::string> updated_;
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return 64;
  auto seed = std::strtoull(argv[1], nullptr, 10);
  auto checked = argc == 3;
  temporary_folder folder;
  ::chmod(folder.path().c_str(), 0711);
  watched_children children{memory_limit, 20};
  return children.run(std::strtoull(argv[2], nullptr, 10), [&] {
    auto own = folder.path() + "/" + std::to_string(::getpid());
    fs::create_directory(own);
    become_nobody(own);
    auto x = std::make_shared<trial>(own, seed, checked);
    return
      [x](uint64_t i, child_figures& figures) { return x->run(i, figures); };
  });
}
