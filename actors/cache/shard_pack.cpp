#include "actors/cache/shard_pack.hpp"

#include <msgpack.hpp>

#include <utility>

namespace rrdflow {

namespace {

struct sink {
  std::string& out;

  void write(const char* data, size_t size) {
    out.append(data, size);
  }
};

/// Packs the arguments one after the other.
template <class... Ts>
void pack_all(msgpack::packer<sink>& p, const Ts&... xs) {
  (p.pack(xs), ...);
}

void pack_definition(msgpack::packer<sink>& p, const file_definition& x) {
  p.pack_array(5);
  pack_all(p, 1, x.step, x.lateness);
  p.pack_array(static_cast<uint32_t>(x.sources.size()));
  for (auto& y : x.sources) {
    p.pack_array(7);
    pack_all(p, y.name, static_cast<unsigned>(y.type),
             static_cast<unsigned>(y.sample), static_cast<unsigned>(y.fill),
             y.heartbeat, y.min, y.max);
  }
  p.pack_array(static_cast<uint32_t>(x.archives.size()));
  for (auto& y : x.archives) {
    p.pack_array(4);
    pack_all(p, static_cast<unsigned>(y.function), y.xff, y.steps, y.rows);
  }
}

} // namespace

shard_packer::shard_packer(uint64_t marker, position at, int64_t told,
                           const shard_books& books) {
  sink s{out_};
  msgpack::packer<sink> p{s};
  p.pack_array(11);
  pack_all(p, 0, "rrdflow-shard", 1, marker, at, told, books.samples_merged,
           books.rows_opened, books.rows_written, books.all_late(),
           books.rows_abandoned);
}

uint32_t shard_packer::number_of(const definition_ptr& x) {
  auto [i, added]
    = definitions_.emplace(x.get(), static_cast<uint32_t>(kept_.size()));
  if (added) {
    sink s{out_};
    msgpack::packer<sink> p{s};
    pack_definition(p, *x);
    kept_.push_back(x);
  }
  return i->second;
}

void shard_packer::add(const cached_file& x, uint64_t key) {
  auto definition = number_of(x.definition);
  sink s{out_};
  msgpack::packer<sink> p{s};
  p.pack_array(12);
  pack_all(p, 2, key, definition, x.sealed_until, x.first_arrival,
           x.newest_arrival, x.retire_before, x.sealed, x.handed, x.past.end);
  p.pack_array(static_cast<uint32_t>(x.newest.size()));
  for (size_t i = 0; i < x.newest.size(); ++i) {
    auto& past = x.past.sources[i];
    p.pack_array(5);
    pack_all(p, past.end, past.value.known, past.value.value.bits,
             x.newest[i].time, x.newest[i].value.bits);
  }
  p.pack_bin(static_cast<uint32_t>(x.rows.size() * x.rows.row_bytes()));
  x.rows.for_each(0, [&](row_view row) {
    p.pack_bin_body(reinterpret_cast<const char*>(row.data()),
                    static_cast<uint32_t>(x.rows.row_bytes()));
    return true;
  });
  ++files_;
}

void shard_packer::finish() {
  sink s{out_};
  msgpack::packer<sink> p{s};
  p.pack_array(2);
  pack_all(p, 3, files_);
}

std::string shard_packer::take() {
  return std::exchange(out_, {});
}

} // namespace rrdflow
