#include "actors/decode/message_decoder.hpp"
#include "actors/decode/value_conversion.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

const word_map& default_words() {
  static const word_map words{{"ON", 1},     {"OFF", 0},    {"on", 1},
                              {"off", 0},    {"open", 1},   {"closed", 0},
                              {"online", 1}, {"offline", 0}};
  return words;
}

constexpr int64_t nanoseconds(std::chrono::seconds x) noexcept {
  return x.count() > 9000000000 ? 9000000000000000000 : x.count() * 1000000000;
}

bool may_be_time(const field_list::field& field, time_source x) noexcept {
  return x == time_source::path
         || (x == time_source::automatic && field.rank >= 0);
}

} // namespace

void message_decoder::take_fields(const journal_record& x,
                                  const reading_style& style) {
  ++stamp_;
  hint_ = 0;
  any_value_ = false;
  time_rank_ = time_ranks;
  payload_time_.reset();
  plan_.result = verdict::decoded;
  auto& words = style.rule ? style.rule->config.map : default_words();
  auto& fields = reader_.fields();
  for (auto& field : fields) {
    auto path = fields.path(field);
    if (may_be_time(field, style.time) && take_time(field, path, style))
      continue;
    if (is_number(field.value)) {
      any_value_ = true;
      take_value(field, path, field.value, style);
      continue;
    }
    auto value = field.value;
    if (!find_value(words, value))
      continue;
    any_value_ = true;
    take_value(field, path, value, style);
  }
  finish(x);
  if (!plan_.readings.empty() || plan_.result != verdict::decoded)
    return;
  auto alone = fields.size() == 1 && fields.path(fields[0]).empty()
               && fields[0].value.kind == scalar_kind::text;
  if (any_value_ || !alone)
    ignore(ignore_reason::no_value);
  else if (style.format == payload_format::number)
    bury(dead_reason::number);
  else
    ignore(ignore_reason::text);
}

bool message_decoder::take_time(const field_list::field& field,
                                std::string_view path,
                                const reading_style& style) {
  static const time_zone no_zone;
  auto& zone = style.rule ? style.rule->zone : no_zone;
  if (style.time == time_source::path) {
    if (path != style.rule->config.time)
      return false;
    payload_time_ = parse_time(field.value, zone);
    return true;
  }
  auto rank = field.rank;
  if (is_ambiguous_time(rank, field.value))
    return false;
  auto time = parse_time(field.value, zone);
  if (!time)
    return false;
  if (rank < time_rank_) {
    time_rank_ = rank;
    payload_time_ = time;
  }
  return true;
}

void message_decoder::take_value(const field_list::field& field,
                                 std::string_view path, const scalar& value,
                                 const reading_style& style) {
  if (field.overlong) {
    if (style.rule != nullptr) {
      planned_reading x;
      x.kind = style.rule->kind;
      x.refused = sample_refusal::name;
      plan_.readings.push_back(x);
    }
    return;
  }
  auto& slots = *plan_.slots;
  auto at = slots.find(path, hint_);
  if (at == field_map::npos)
    at = add_slots(path, style);
  if (stamps_.size() < slots.size())
    stamps_.resize(slots.size() * 2);
  auto* xs = slots.data();
  for (auto more = true; more; ++at) {
    auto& slot = xs[at];
    more = slot.more;
    if (slot.state == slot_state::unused)
      continue;
    planned_reading x;
    x.slot = static_cast<uint32_t>(at);
    x.kind = slot.kind;
    auto& kind = rules_->kind(slot.kind);
    if (slot.state == slot_state::refused)
      x.refused = static_cast<sample_refusal>(slot.refused);
    else if (auto bits = convert(value, kind.scale, kind.type))
      x.value = *bits;
    else
      x.refused = sample_refusal::range;
    if (std::exchange(stamps_[at], stamp_) != stamp_ || !replace(x))
      plan_.readings.push_back(x);
  }
  hint_ = at;
}

/// Of a field that stands twice the last one counts.
bool message_decoder::replace(const planned_reading& x) noexcept {
  auto& xs = plan_.readings;
  auto i = std::find_if(xs.begin(), xs.end(),
                        [&](auto& y) { return y.slot == x.slot; });
  if (i == xs.end())
    return false;
  *i = x;
  return true;
}

size_t
message_decoder::add_slots(std::string_view path, const reading_style& style) {
  auto& entry = *plan_.entry;
  auto topic = entry.topic();
  kinds_.clear();
  if (style.rule == nullptr)
    rules_->sources_of(entry.sources->kinds, topic, path,
                       entry.janitoo && reader_.was_janitoo(), kinds_);
  else if (auto kind = rules_->kind_of(*style.rule, path);
           kind != rule_set::no_kind)
    kinds_.push_back(kind);
  auto result = plan_.slots->add(topics_.paths().obtain(path), kinds_);
  table_size_ += std::max<size_t>(kinds_.size(), 1);
  for (size_t i = 0; i < kinds_.size(); ++i) {
    auto& slot = (*plan_.slots)[result + i];
    auto name = rules_->describe(kinds_[i], topic, path).name;
    if (name.empty()) {
      slot.state = slot_state::refused;
      slot.refused = refusal::name;
    } else if (keeps_times()) {
      slot.time_index = times_.find(last_times::key(name));
    }
  }
  return result;
}

void message_decoder::finish(const journal_record& x) {
  auto& xs = plan_.readings;
  auto time = payload_time_.value_or(x.arrival);
  auto refused = sample_refusal::none;
  if (payload_time_) {
    if (time > x.arrival && time - x.arrival > nanoseconds(limits_.future))
      refused = sample_refusal::future;
    else if (time < x.arrival - nanoseconds(limits_.past))
      refused = sample_refusal::past;
  }
  if (x.retained && retained_ == retained_policy::if_newer) {
    if (!payload_time_)
      return ignore(ignore_reason::retained);
    auto some = !xs.empty();
    auto old = [&](auto& y) {
      if (y.slot == planned_reading::no_slot)
        return false;
      auto index = (*plan_.slots)[y.slot].time_index;
      return index != topic_slot::no_time && times_.at(index) >= time;
    };
    xs.erase(std::remove_if(xs.begin(), xs.end(), old), xs.end());
    if (some && xs.empty())
      return ignore(ignore_reason::retained);
  }
  plan_.time = time;
  auto* slots = plan_.slots->data();
  for (auto& y : xs) {
    if (y.refused == sample_refusal::none)
      y.refused = refused;
    if (y.refused == sample_refusal::none)
      plan_.unresolved |= slots[y.slot].state != slot_state::resolved;
  }
}

} // namespace rrdflow
