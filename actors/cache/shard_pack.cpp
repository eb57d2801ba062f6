#include "actors/cache/shard_pack.hpp"

#include "actors/base/definition_codec.hpp"

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

} // namespace

shard_packer::shard_packer(uint64_t marker, position at, int64_t told,
                           const shard_counters& books) {
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
    p.pack_array(1 + packed_definition_size);
    p.pack(1);
    pack_definition(*x, out_);
    kept_.push_back(x);
  }
  return i->second;
}

void shard_packer::add(file_table& files, const cached_file& x, uint64_t key) {
  auto definition = number_of(files.definition(x));
  auto& past = files.past(x);
  auto* newest = files.newest(x);
  sink s{out_};
  msgpack::packer<sink> p{s};
  p.pack_array(12);
  pack_all(p, 2, key, definition, x.sealed_until, x.first_arrival,
           x.newest_arrival,
           x.retiring ? int64_t{x.newest_arrival} + 1 : always, x.sealed,
           x.handed, past.end);
  p.pack_array(static_cast<uint32_t>(past.sources.size()));
  for (auto& y : past.sources) {
    p.pack_array(5);
    pack_all(p, y.end, y.value.known, y.value.value.bits, newest->time,
             newest->value.bits);
    ++newest;
  }
  auto bytes = row_view::stored_bytes(files.sources(x));
  p.pack_bin(static_cast<uint32_t>(x.rows.size() * bytes));
  x.rows.for_each(0, [&](row_view row) {
    out_.resize(out_.size() + bytes);
    row.store_to(out_.data() + out_.size() - bytes);
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
