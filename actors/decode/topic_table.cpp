#include "actors/decode/topic_table.hpp"

#include <xxhash.h>

#include <algorithm>

namespace rrdflow {

namespace {

/// Topics with more fields than that get a hash table of them.
constexpr size_t index_above = 16;

size_t hash_of(std::string_view x) noexcept {
  return static_cast<size_t>(XXH3_64bits(x.data(), x.size()));
}

bool has_file(slot_list& xs) {
  return std::any_of(xs.begin(), xs.end(), [](const topic_slot& x) {
    return x.state == slot_state::resolved;
  });
}

} // namespace

size_t slot_list::find(std::string_view path, size_t hint) const noexcept {
  if (hint < slots_.size() && this->path(slots_[hint]) == path)
    return hint;
  if (!index_.empty()) {
    auto mask = index_.size() - 1;
    for (auto i = hash_of(path) & mask; index_[i] != 0; i = (i + 1) & mask)
      if (this->path(slots_[index_[i] - 1]) == path)
        return index_[i] - 1;
    return npos;
  }
  for (size_t i = 0; i < slots_.size(); ++i)
    if (this->path(slots_[i]) == path)
      return i;
  return npos;
}

void slot_list::index_path(size_t slot) {
  auto mask = index_.size() - 1;
  auto i = hash_of(path(slots_[slot])) & mask;
  while (index_[i] != 0)
    i = (i + 1) & mask;
  index_[i] = static_cast<uint32_t>(slot + 1);
}

size_t
slot_list::add(std::string_view path, const std::vector<uint32_t>& kinds) {
  auto result = slots_.size();
  topic_slot x;
  x.path_at = static_cast<uint32_t>(paths_.size());
  x.path_size = static_cast<uint32_t>(path.size());
  paths_ += path;
  if (kinds.empty())
    slots_.push_back(x);
  for (auto kind : kinds) {
    x.kind = kind;
    x.state = slot_state::unresolved;
    x.more = true;
    slots_.push_back(x);
  }
  slots_.back().more = false;
  if (slots_.size() <= index_above)
    return result;
  if (slots_.size() * 2 <= index_.size()) {
    index_path(result);
    return result;
  }
  index_.assign(std::max<size_t>(index_.size() * 2, index_above * 4), 0);
  while (index_.size() < slots_.size() * 2)
    index_.resize(index_.size() * 2);
  for (size_t i = 0; i < slots_.size(); ++i)
    if (i == 0 || !slots_[i - 1].more)
      index_path(i);
  return result;
}

void slot_list::sweep() {
  slot_list kept;
  for (size_t first = 0; first < slots_.size();) {
    auto last = first;
    auto used = slots_[first].state == slot_state::resolved;
    while (slots_[last].more)
      used |= slots_[++last].state == slot_state::resolved;
    if (used) {
      std::vector<uint32_t> kinds;
      for (auto i = first; i <= last; ++i)
        kinds.push_back(slots_[i].kind);
      auto at = kept.add(path(slots_[first]), kinds);
      for (auto i = first; i <= last; ++i) {
        auto x = slots_[i];
        x.path_at = kept.slots_[at + i - first].path_at;
        kept.slots_[at + i - first] = x;
      }
    }
    first = last + 1;
  }
  *this = std::move(kept);
}

size_t topic_table::hasher::operator()(std::string_view x) const noexcept {
  return hash_of(x);
}

size_t topic_table::hasher::operator()(const entry_ptr& x) const noexcept {
  return hash_of(x->topic);
}

bool topic_table::equal::operator()(const entry_ptr& x,
                                    const entry_ptr& y) const noexcept {
  return x->topic == y->topic;
}

bool topic_table::equal::operator()(std::string_view x,
                                    const entry_ptr& y) const noexcept {
  return x == y->topic;
}

bool topic_table::equal::operator()(const entry_ptr& x,
                                    std::string_view y) const noexcept {
  return x->topic == y;
}

size_t topic_table::hash(std::string_view topic) noexcept {
  return hash_of(topic);
}

topic_entry* topic_table::find(std::string_view topic, size_t hash) noexcept {
  auto i = entries_.find(topic, hash);
  return i == entries_.end() ? nullptr : i->get();
}

topic_entry& topic_table::add(std::string_view topic, topic_route route) {
  auto entry = std::make_unique<topic_entry>();
  entry->topic = topic;
  entry->route = std::move(route);
  auto& result = **entries_.insert(std::move(entry)).first;
  newcomers_.push_back(&result);
  return result;
}

void topic_table::clear() {
  newcomers_.clear();
  entries_.clear();
}

size_t topic_table::forget_strangers(size_t keep) {
  size_t result = 0;
  while (newcomers_.size() > keep) {
    auto& x = *newcomers_.front();
    newcomers_.pop_front();
    if (has_file(x.fields) || (x.sources != nullptr && has_file(*x.sources)))
      continue;
    result += 1 + x.fields.size() + (x.sources ? x.sources->size() : 0);
    entries_.erase(entries_.find(std::string_view{x.topic}));
  }
  return result;
}

void topic_table::sweep() {
  newcomers_.clear();
  for (auto i = entries_.begin(); i != entries_.end();) {
    auto& x = **i;
    x.fields.sweep();
    if (x.sources != nullptr)
      x.sources->sweep();
    if (x.fields.size() == 0
        && (x.sources == nullptr || x.sources->size() == 0))
      i = entries_.erase(i);
    else
      ++i;
  }
}

} // namespace rrdflow
