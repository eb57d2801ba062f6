#include "tests/faults/snapshot_mutant.hpp"

#include "actors/snapshot/snapshot_file.hpp"
#include "messages/error.hpp"
#include "tests/temporary_folder.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>

namespace rrdflow::test {

namespace {

using bytes = std::string;

size_t below(std::mt19937_64& random, size_t n) {
  return n == 0 ? 0 : random() % n;
}

bytes noise(std::mt19937_64& random, size_t n) {
  bytes result(n, 0);
  for (auto& x : result)
    x = static_cast<char>(random());
  return result;
}

void flip(bytes& x, std::mt19937_64& random) {
  for (auto n = 1 + random() % 3; n > 0 && !x.empty(); --n)
    x[below(random, x.size())] ^= static_cast<char>(1 << random() % 8);
}

/// Headers of msgpack that promise what does not come: arrays, maps, strings,
/// bytes and extensions of almost 2^32.
const bytes promises[]
  = {"\xdd\xff\xff\xff\xff",     "\xdf\xff\xff\xff\xff",
     "\xdb\xff\xff\xff\xff",     "\xc6\xff\xff\xff\xff",
     "\xc9\xff\xff\xff\xff\x01", bytes("\xdd\x00\x0f\xff\xff", 5)};

bool damage_file(bytes& x, snapshot_damage how, std::mt19937_64& random) {
  auto before = x;
  auto at = below(random, x.size());
  switch (how) {
    case snapshot_damage::cut:
      x.resize(at);
      break;
    case snapshot_damage::flipped:
      flip(x, random);
      break;
    case snapshot_damage::overwritten: {
      auto n = std::min(x.size() - at, size_t{1} + below(random, 200));
      x.replace(at, n, noise(random, n));
      break;
    }
    case snapshot_damage::zero_page: {
      at = at / 4096 * 4096;
      auto n = std::min(x.size() - at, size_t{4096});
      x.replace(at, n, n, '\0');
      break;
    }
    default:
      x = noise(random, 1 + below(random, 100000));
  }
  return x != before;
}

using sections = std::vector<std::pair<uint32_t, bytes>>;

void damage_section(bytes& x, snapshot_damage how, std::mt19937_64& random) {
  auto at = below(random, x.size());
  switch (how) {
    case snapshot_damage::inner_flipped:
      flip(x, random);
      break;
    case snapshot_damage::inner_cut:
      x.resize(at);
      break;
    case snapshot_damage::inner_deep:
      x.replace(at, 1, bytes(1 + below(random, 300000), '\x91'));
      break;
    case snapshot_damage::inner_huge:
      x.replace(at, 1, promises[below(random, std::size(promises))]);
      break;
    default:
      x = noise(random, below(random, 5000));
  }
}

/// Damages what is in a sound file.
void damage_content(snapshot_content& x, snapshot_damage how,
                    std::mt19937_64& random) {
  auto i = below(random, x.sections.size());
  auto place = x.sections.begin() + static_cast<ptrdiff_t>(i);
  uint64_t extremes[] = {0, 1, ~0ull, 1ull << 63, 1ull << 62, 1ull << 40};
  switch (how) {
    case snapshot_damage::section_lost:
      x.sections.erase(place);
      break;
    case snapshot_damage::section_twice:
      x.sections.push_back(*place);
      break;
    case snapshot_damage::other_owner:
      place->first = static_cast<uint32_t>(
        std::min<uint64_t>(random() % 2 ? random() % 4 : random(), 0xfffffff0));
      break;
    case snapshot_damage::other_place:
      x.at = extremes[below(random, std::size(extremes))];
      break;
    default:
      damage_section(place->second, how, random);
  }
}

} // namespace

const char* to_string(snapshot_damage x) {
  static const char* names[snapshot_damages] = {"cut off",
                                                "bits flipped",
                                                "overwritten",
                                                "page of zeros",
                                                "huge",
                                                "random",
                                                "content: bits flipped",
                                                "content: cut off",
                                                "content: deep",
                                                "content: huge numbers",
                                                "content: random",
                                                "content: a section lost",
                                                "content: a section twice",
                                                "content: another owner",
                                                "content: another position"};
  return names[static_cast<size_t>(x)];
}

bool write_mutant(const std::string& from, const std::string& folder,
                  uint64_t marker, snapshot_damage how,
                  std::mt19937_64& random) {
  auto path = snapshot_path(folder, marker);
  auto whole = read_file(from);
  if (how == snapshot_damage::huge) {
    // A terabyte that takes no place on disk.
    whole.resize(40 + below(random, whole.size() - 40));
    write_file(path, whole);
    std::filesystem::resize_file(path, 1ull << 40);
    return true;
  }
  if (is_outer(how)) {
    auto differs = damage_file(whole, how, random);
    write_file(path, whole);
    return differs;
  }
  auto content = read_snapshot(from);
  if (!content) {
    std::cerr << explain(content.error()) << '\n';
    std::exit(1);
  }
  damage_content(*content, how, random);
  auto out = snapshot_writer::create(folder, marker, content->at);
  auto err = out ? caf::error{} : std::move(out.error());
  for (auto& [owner, x] : content->sections)
    if (!err)
      err = out->add(owner, x);
  if (!err)
    err = out->commit();
  if (err) {
    std::cerr << explain(err) << '\n';
    std::exit(1);
  }
  return true;
}

} // namespace rrdflow::test
