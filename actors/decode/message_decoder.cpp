#include "actors/decode/message_decoder.hpp"

#include "actors/decode/formats/decimal.hpp"
#include "actors/decode/topic_filter.hpp"
#include "actors/decode/value_conversion.hpp"

#include <algorithm>
#include <exception>
#include <new>

namespace rrdflow {

namespace {

dead_reason reason_of(std::string_view parse_error) noexcept {
  if (parse_error == "depth")
    return dead_reason::depth;
  return parse_error == "json" ? dead_reason::json : dead_reason::internal;
}

/// Whether sources of [[rrd]]s name the topic.
bool has_own_sources(const topic_entry& x) noexcept {
  return x.sources != nullptr && !x.sources->kinds.empty();
}

} // namespace

void message_decoder::use(std::shared_ptr<const rule_set> rules) {
  rules_ = std::move(rules);
  topics_.clear();
  table_size_ = 0;
}

void message_decoder::ignore(ignore_reason x) noexcept {
  plan_.result = verdict::ignored;
  plan_.ignored = x;
  plan_.readings.clear();
}

void message_decoder::bury(dead_reason x) noexcept {
  plan_.result = verdict::dead;
  plan_.dead = x;
  plan_.readings.clear();
}

const message_plan& message_decoder::plan(const journal_record& x) {
  plan_.readings.clear();
  plan_.unresolved = false;
  plan_.entry = nullptr;
  plan_.slots = nullptr;
  try {
    decode(x);
  } catch (const std::bad_alloc&) {
    // It need not be the message's fault.
    throw;
  } catch (const std::exception&) {
    bury(dead_reason::internal);
  }
  return plan_;
}

void message_decoder::expect(const std::string_view* topics, size_t n) {
  // In three rounds: what a round looks at was asked for in the one before.
  for (size_t i = 0; i < n; ++i) {
    expectations_[i] = {topics[i], topics_.hash(topics[i])};
    topics_.fetch_bucket(expectations_[i].hash);
  }
  for (size_t i = 0; i < n; ++i)
    topics_.fetch_entry(expectations_[i].hash);
  for (size_t i = 0; i < n; ++i)
    topics_.fetch_slots(expectations_[i].hash);
  next_expected_ = 0;
  expected_ = n;
}

topic_entry* message_decoder::entry_of(std::string_view topic) {
  if (expects_any()) {
    auto& x = expectations_[next_expected_++];
    // The bytes may have changed since: then nothing is found with this hash.
    if (x.topic.data() != topic.data())
      expected_ = 0;
    else if (auto* result = topics_.find(topic, x.hash))
      return result;
  }
  if (auto* result = topics_.find(topic, topics_.hash(topic)))
    return result;
  if (!is_good_topic(topic))
    return nullptr;
  auto& result = topics_.add(topic, rules_->route(topic));
  ++table_size_;
  return &result;
}

void message_decoder::decode(const journal_record& x) {
  if (x.payload.size() > limits_.payload)
    return bury(dead_reason::too_large);
  auto* entry = entry_of(x.topic);
  if (entry == nullptr)
    return bury(dead_reason::bad_topic);
  plan_.entry = entry;
  if (!rules_->counts(entry->identifier, x.identifiers, x.identifier_count))
    return ignore(ignore_reason::overlap);
  if (decode_number(x))
    return;
  auto has_sources = entry->janitoo || has_own_sources(*entry);
  if (!has_sources) {
    if (entry->rule == topic_route::no_rule)
      return ignore(ignore_reason::no_rule);
    if (rules_->rule(entry->rule).config.drop)
      return ignore(ignore_reason::dropped);
  }
  if (x.retained && retained_ == retained_policy::ignore)
    return ignore(ignore_reason::retained);
  if (!has_sources || !decode_sources(x))
    decode_rule(x);
}

bool message_decoder::decode_number(const journal_record& x) {
  auto& entry = *plan_.entry;
  auto* slot = entry.fields.only();
  if (slot == nullptr || slot->state != slot_state::resolved
      || !slot->path.text().empty() || entry.sources || entry.janitoo
      || x.retained)
    return false;
  auto& rule = rules_->rule(entry.rule);
  if ((rule.config.format != payload_format::automatic
       && rule.config.format != payload_format::number)
      || rule.time == time_source::path)
    return false;
  scalar value;
  auto end = x.payload.data() + x.payload.size();
  if (x.payload.empty() || read_decimal(x.payload.data(), end, value) != end)
    return false;
  plan_.result = verdict::decoded;
  plan_.slots = &entry.fields;
  plan_.time = x.arrival;
  auto& kind = rules_->kind(slot->kind);
  planned_reading reading;
  reading.slot = 0;
  reading.kind = slot->kind;
  if (auto bits = convert(value, kind.scale, kind.type))
    reading.value = *bits;
  else
    reading.refused = sample_refusal::range;
  plan_.readings.push_back(reading);
  return true;
}

bool message_decoder::read(const journal_record& x, payload_format format) {
  switch (reader_.read(format, x.topic, x.payload)) {
    case read_status::fields:
      return true;
    case read_status::empty:
      ignore(ignore_reason::empty);
      return false;
    case read_status::broken:
      bury(reason_of(reader_.reason()));
      return false;
  }
  return false;
}

bool message_decoder::decode_sources(const journal_record& x) {
  auto& entry = *plan_.entry;
  auto claimed = has_own_sources(entry);
  if (!read(x, payload_format::automatic))
    return claimed;
  if (entry.sources == nullptr)
    entry.sources = std::make_unique<topic_sources>();
  plan_.slots = &entry.sources->fields;
  reading_style style;
  if (reader_.was_janitoo())
    style.time = time_source::arrival;
  if (!claimed && !has_source(style))
    return false;
  take_fields(x, style);
  return true;
}

bool message_decoder::has_source(const reading_style& style) {
  auto& slots = *plan_.slots;
  auto result = false;
  size_t hint = 0;
  for (auto& field : reader_.fields()) {
    auto path = reader_.fields().path(field);
    auto at = slots.find(path, hint);
    if (at == field_map::npos)
      at = add_slots(path, style);
    result |= slots[at].state != slot_state::unused;
    while (slots[at++].more)
      ;
    hint = at;
  }
  return result;
}

void message_decoder::decode_rule(const journal_record& x) {
  auto& entry = *plan_.entry;
  if (entry.rule == topic_route::no_rule)
    return ignore(ignore_reason::no_rule);
  auto& rule = rules_->rule(entry.rule);
  if (rule.config.drop)
    return ignore(ignore_reason::dropped);
  if (!read(x, rule.config.format))
    return;
  plan_.slots = &entry.fields;
  reading_style style;
  style.rule = &rule;
  style.format = rule.config.format;
  style.time = reader_.was_janitoo() ? time_source::arrival : rule.time;
  take_fields(x, style);
}

void message_decoder::forget_some() {
  auto gone = topics_.forget_strangers(newcomers_);
  table_size_ -= std::min(table_size_, gone);
  auto limit = max_table_size();
  if (table_size_ <= limit)
    return;
  topics_.sweep();
  table_size_ = topics_.size();
  topics_.for_each(
    [this](topic_entry&, field_map& xs) { table_size_ += xs.size(); });
  // Many topics that share their series.
  if (table_size_ > limit / 4 * 3) {
    topics_.clear();
    table_size_ = 0;
  }
}

} // namespace rrdflow
