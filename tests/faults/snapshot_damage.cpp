// Damages the newest snapshot of a store and has it loaded: see
// snapshot_damage.py.
//
//   snapshot_damage STORE SEED MUTANTS
//   snapshot_damage STORE SEED write KIND
//
// The store has two sound snapshots and stays as it is; the second form damages
// its newest one in place. Prints "figure NAME N" and "loss TEXT" lines.

#include "actors/base/store_lock.hpp"
#include "actors/cache/shard_engine.hpp"
#include "actors/snapshot/snapshot_file.hpp"
#include "runtime/service/checkpoint.hpp"
#include "tests/faults/snapshot_mutant.hpp"
#include "tests/faults/watched_child.hpp"
#include "tests/temporary_folder.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

namespace fs = std::filesystem;

/// Bytes of address space that a load may take, above what it has.
constexpr uint64_t memory_limit = 512ull << 20;

/// The snapshots of a store, oldest first.
std::vector<std::string> snapshots_of(const std::string& store) {
  std::vector<std::string> result;
  for (auto& x : fs::directory_iterator{snapshot_folder(store)})
    if (x.path().extension() == ".snapshot")
      result.push_back(x.path().string());
  std::sort(result.begin(), result.end());
  if (result.size() < 2) {
    std::cerr << store << ": needs two snapshots\n";
    std::exit(1);
  }
  return result;
}

class trial {
public:
  /// @param folder for a store of its own
  trial(const std::string& store, std::string folder, uint64_t seed)
    : seed_{seed}, folder_{std::move(folder)} {
    auto files = snapshots_of(store);
    newest_ = files.back();
    older_ = *(files.end() - 2);
    parts_.settings.store.directory = folder_;
    store_lock::acquire(folder_);
    whole_ = read(newest_);
    before_ = read(older_);
    journal_options options;
    options.directory = folder_;
    options.segment_size = 4096;
    options.disk_reserve = 0;
    options.random = 1;
    auto log = journal::open(options);
    if (!log) {
      std::cerr << explain(log.error()) << '\n';
      std::exit(1);
    }
    parts_.log = std::move(*log);
  }

  /// Loads mutant `i` and says what is wrong.
  std::string run(uint64_t i, child_figures& figures) {
    std::mt19937_64 random{seed_ * 1000003 + i};
    auto how = static_cast<snapshot_damage>(i % snapshot_damages);
    auto folder = snapshot_folder(folder_);
    for (auto& x : fs::directory_iterator{folder})
      fs::remove_all(x.path());
    auto differs = write_mutant(newest_, folder, whole_.marker, how, random);
    // Of some, the one before is damaged, too.
    auto both = i / snapshot_damages % 8 == 7;
    fs::copy_file(older_, snapshot_path(folder, before_.marker));
    if (both)
      fs::resize_file(snapshot_path(folder, before_.marker), 1000);
    figures.add(to_string(how));
    auto loaded = load_checkpoint(folder_, 4);
    if (!loaded)
      return "no start: " + explain(loaded.error());
    auto& from = *loaded;
    auto marker = from.marker;
    auto start = make_decoder_start(parts_, from);
    if (marker == whole_.marker) {
      figures.add("content taken as it is");
      if (is_outer(how) && (differs || !same(from, start, whole_)))
        return "taken, though it is damaged";
      return load(from);
    }
    auto& why = from.rejected;
    if (why.empty() || why[0].find(".snapshot: ") == std::string::npos)
      return "passed over without a word";
    if (both) {
      figures.add("started from the journal");
      return marker == 0 && why.size() == 2 ? "" : "not from the journal";
    }
    figures.add("started from the one before");
    if (marker != before_.marker || !same(from, start, before_))
      return "not started from the one before";
    return load(from);
  }

private:
  static snapshot_content read(const std::string& path) {
    auto result = read_snapshot(path);
    if (!result) {
      std::cerr << explain(result.error()) << '\n';
      std::exit(1);
    }
    return std::move(*result);
  }

  static bool same(const checkpoint& x, const decoder_start& start,
                   const snapshot_content& content) {
    auto& sections = *x.shards[0].sections;
    std::vector<std::string> shards(sections.size());
    std::string bytes;
    for (auto& [owner, piece] : content.sections) {
      if (owner < shards.size())
        shards[owner] += piece;
      else if (owner == decoder_part)
        bytes += piece;
    }
    return start.at == content.at && sections == shards
           && start.memory == std::vector<char>(bytes.begin(), bytes.end());
  }

  /// What the shards do with it.
  static std::string load(checkpoint& from) {
    auto names = std::make_shared<file_names>();
    for (auto& shard : from.shards) {
      for (auto& file : shard.files)
        file.id = names->add(std::to_string(file.key));
      shard_engine engine{{}, names};
      engine.load(shard);
      engine.advance_watermark(4102444800, from.at + 1);
      engine.update_gauges();
    }
    return {};
  }

  uint64_t seed_;
  std::string folder_;
  std::string newest_;
  std::string older_;
  snapshot_content whole_;
  snapshot_content before_;
  flow_parts parts_;
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 4)
    return 64;
  std::string store = argv[1];
  auto seed = std::strtoull(argv[2], nullptr, 10);
  spdlog::set_level(spdlog::level::off);
  if (argc == 5) {
    std::mt19937_64 random{seed};
    auto newest = snapshots_of(store).back();
    auto marker = read_snapshot(newest)->marker;
    auto how = static_cast<snapshot_damage>(std::atoi(argv[4]));
    write_mutant(newest, snapshot_folder(store), marker, how, random);
    std::cout << to_string(how) << '\n';
    return 0;
  }
  watched_children children{memory_limit, 20};
  temporary_folder folder;
  return children.run(std::strtoull(argv[3], nullptr, 10), [&] {
    auto own = folder.path() + "/" + std::to_string(::getpid());
    auto x = std::make_shared<trial>(store, own, seed);
    return
      [x](uint64_t i, child_figures& figures) { return x->run(i, figures); };
  });
}
