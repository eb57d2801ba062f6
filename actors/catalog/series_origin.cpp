#include "actors/catalog/series_origin.hpp"

#include <algorithm>
#include <cstring>

namespace rrdflow {

namespace {

constexpr size_t block_size = 1 << 20;

/// Blocks that a reference can name; what is behind stands for "lost".
constexpr size_t max_blocks = (uint64_t{1} << 32) / block_size - 1;
constexpr uint32_t lost = 0xfffffffe;

/// So many texts of at most this size are looked for among those that are kept
/// already.
constexpr size_t max_known = 4096;
constexpr size_t max_known_size = 32;

void append_number(size_t x, std::string& out) {
  for (; x >= 0x80; x >>= 7)
    out += static_cast<char>(x | 0x80);
  out += static_cast<char>(x);
}

size_t read_number(const char*& in) {
  size_t result = 0;
  for (auto shift = 0u;; shift += 7) {
    auto byte = static_cast<unsigned char>(*in++);
    result |= static_cast<size_t>(byte & 0x7f) << shift;
    if (byte < 0x80)
      return result;
  }
}

/// What `text` begins and ends with like `name`, and the rest between. The
/// first is counted from the name's end (plus one; 0: nothing), which is alike
/// for names of one kind.
void append_difference(std::string_view name, std::string_view text,
                       std::string& out) {
  auto most = std::min(name.size(), text.size());
  size_t head = 0;
  while (head < most && name[head] == text[head])
    ++head;
  size_t tail = 0;
  while (tail < most - head
         && name[name.size() - 1 - tail] == text[text.size() - 1 - tail])
    ++tail;
  auto rest = text.substr(head, text.size() - head - tail);
  append_number(head == 0 ? 0 : name.size() - head + 1, out);
  append_number(tail, out);
  append_number(rest.size(), out);
  out += rest;
}

std::string read_difference(std::string_view name, const char*& in) {
  auto head = read_number(in);
  head = head == 0 ? 0 : name.size() + 1 - head;
  auto tail = read_number(in);
  auto rest = read_number(in);
  std::string result{name.substr(0, head)};
  result.append(in, rest);
  in += rest;
  result += name.substr(name.size() - tail);
  return result;
}

} // namespace

uint32_t origin_store::add(std::string_view name, std::string_view topic,
                           std::string_view path) {
  std::string text;
  append_difference(name, topic, text);
  append_difference(name, path, text);
  auto is_short = text.size() <= max_known_size;
  if (auto i = is_short ? known_.find(text) : known_.end(); i != known_.end())
    return i->second;
  if (text.size() > left_) {
    if (blocks_.size() >= max_blocks)
      return lost;
    // What is not used takes no memory.
    blocks_.emplace_back(new char[std::max(block_size, text.size())]);
    left_ = block_size;
  }
  // A text above a block's size has a longer block of its own.
  auto at = block_size - left_;
  left_ -= std::min(left_, text.size());
  std::memcpy(blocks_.back().get() + at, text.data(), text.size());
  auto ref = static_cast<uint32_t>((blocks_.size() - 1) * block_size + at);
  if (is_short && known_.size() < max_known)
    known_.emplace(std::move(text), ref);
  return ref;
}

series_origin origin_store::at(uint32_t ref, std::string_view name) const {
  if (ref == lost)
    return {};
  const char* in = blocks_[ref / block_size].get() + ref % block_size;
  auto topic = read_difference(name, in);
  return {std::move(topic), read_difference(name, in)};
}

bool origin_store::is(uint32_t ref, std::string_view name,
                      std::string_view topic, std::string_view path) const {
  if (ref == lost)
    return true;
  auto x = at(ref, name);
  return x.topic == topic && x.path == path;
}

} // namespace rrdflow
