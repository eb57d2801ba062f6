#include "actors/decode/message_decoder.hpp"

#include "actors/decode/formats/number.hpp"
#include "actors/decode/topic_filter.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

namespace rrdflow {

namespace {

constexpr bool are_same(sample_refusal x, refusal y) {
  return static_cast<uint8_t>(x) == static_cast<uint8_t>(y);
}

static_assert(are_same(sample_refusal::none, refusal::none)
                && are_same(sample_refusal::collision, refusal::collision)
                && are_same(sample_refusal::limit, refusal::limit)
                && are_same(sample_refusal::name, refusal::name)
                && are_same(sample_refusal::file, refusal::file),
              "the first sample_refusals are the refusals");

const word_map& default_words() {
  static const word_map words = default_word_map();
  return words;
}

constexpr int64_t nanoseconds(std::chrono::seconds x) noexcept {
  return x.count() > 9000000000 ? 9000000000000000000 : x.count() * 1000000000;
}

bool may_be_time(const field_list::field& field, time_source x) noexcept {
  return x == time_source::path
         || (x == time_source::automatic && field.priority >= 0);
}

} // namespace

const char* to_string(message_result x) {
  static constexpr const char* names[] = {"decoded", "ignored", "dead"};
  return names[static_cast<size_t>(x)];
}

void message_decoder::use(std::shared_ptr<const rule_set> rules) {
  rules_ = std::move(rules);
  auto series = static_cast<size_t>(rules_->limits().series);
  max_unbound_ = series / 4 + 16384;
  max_table_ = series * 4 + 65536;
  topics_.clear();
  if (!keeps_times())
    times_ = {};
}

void message_decoder::ignore(ignore_reason x) noexcept {
  plan_.result = message_result::ignored;
  plan_.ignored = x;
  plan_.readings.resize(first_);
}

void message_decoder::reject(dead_reason x) noexcept {
  plan_.result = message_result::dead;
  plan_.dead = x;
  plan_.readings.resize(first_);
}

const message_plan& message_decoder::plan(const journal_record& x) {
  first_ = 0;
  plan_.readings.clear();
  plan_.unresolved = false;
  plan_.entry = nullptr;
  plan_.fields = nullptr;
  try {
    decode(x);
  } catch (const std::bad_alloc&) {
    // It need not be the message's fault.
    throw;
  } catch (const std::exception&) {
    first_ = 0;
    reject(dead_reason::internal);
  }
  return plan_;
}

topic_entry* message_decoder::entry_of(std::string_view topic) {
  if (auto* result = topics_.find(topic))
    return result;
  if (!is_good_topic(topic))
    return nullptr;
  return &topics_.add(topic, rules_->route(topic));
}

void message_decoder::decode(const journal_record& x) {
  if (x.payload.size() > rules_->limits().payload)
    return reject(dead_reason::too_large);
  auto* entry = entry_of(x.topic);
  if (entry == nullptr)
    return reject(dead_reason::bad_topic);
  plan_.entry = entry;
  if (!rules_->counts(entry->identifier, x.identifiers, x.identifier_count))
    return ignore(ignore_reason::overlap);
  if (decode_number(x))
    return;
  if (!entry->sources) {
    if (entry->rule == topic_route::no_rule)
      return ignore(ignore_reason::no_rule);
    if (rules_->rule(entry->rule).config.drop)
      return ignore(ignore_reason::dropped);
  }
  if (x.retained && rules_->retained() == retained_policy::ignore)
    return ignore(ignore_reason::retained);
  if (!entry->sources || !decode_sources(x))
    decode_rule(x);
}

bool message_decoder::decode_number(const journal_record& x) {
  auto& entry = *plan_.entry;
  auto* binding = entry.fields.only();
  if (binding == nullptr || binding->state != binding_state::resolved
      || !binding->path.text().empty() || entry.sources || x.retained)
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
  plan_.result = message_result::decoded;
  plan_.fields = &entry.fields;
  auto& mapping = rules_->mapping(binding->mapping_index);
  planned_reading reading;
  reading.binding = 0;
  reading.mapping_index = binding->mapping_index;
  reading.time = x.arrival;
  if (auto bits = convert(value, mapping.scale, mapping.type))
    reading.value = *bits;
  else
    reading.refused = sample_refusal::range;
  plan_.readings.push_back(reading);
  return true;
}

bool message_decoder::read(const journal_record& x, payload_format format) {
  switch (reader_.read(format, x.topic, x.payload, x.arrival)) {
    case read_status::fields:
    case read_status::foreign:
      return true;
    case read_status::empty:
      ignore(ignore_reason::empty);
      return false;
    case read_status::broken:
      reject(dead_reason::json);
      return false;
    case read_status::too_deep:
      reject(dead_reason::depth);
      return false;
  }
  return false;
}

bool message_decoder::decode_sources(const journal_record& x) {
  auto& sources = *plan_.entry->sources;
  auto& groups = sources.groups;
  plan_.fields = &sources.fields;
  auto result = false;
  for (auto i = groups.begin(); i != groups.end(); ++i) {
    reading_style style;
    style.source_format = rules_->format_of(*i);
    if (std::any_of(groups.begin(), i, [&](uint32_t y) {
          return rules_->format_of(y) == style.source_format;
        }))
      continue;
    auto& format = rules_->format(style.source_format);
    style.format = format.format;
    style.by_address = format.by_address;
    first_ = plan_.readings.size();
    result |= !style.by_address;
    if (!read(x, style.format) || (style.by_address && !has_source(style)))
      continue;
    result = true;
    take_fields(x, style);
  }
  first_ = 0;
  if (!plan_.readings.empty())
    plan_.result = message_result::decoded;
  return result;
}

bool message_decoder::has_source(const reading_style& style) {
  auto& fields = reader_.fields();
  auto result = false;
  for (auto& field : fields) {
    auto path = fields.whole_path(field);
    auto at = plan_.fields->find(path);
    if (at == field_map::npos)
      at = add_field(path, style);
    auto* xs = plan_.fields->data();
    for (auto more = true; more; ++at) {
      more = xs[at].more;
      result |= xs[at].state != binding_state::unused
                && rules_->mapping(xs[at].mapping_index).source_format
                     == style.source_format;
    }
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
  plan_.fields = &entry.fields;
  reading_style style;
  style.rule = &rule;
  style.format = rule.config.format;
  style.time = rule.time;
  take_fields(x, style);
}

void message_decoder::take_fields(const journal_record& x,
                                  const reading_style& style) {
  ++stamp_;
  hint_ = 0;
  any_value_ = false;
  time_priority_ = time_field_priorities;
  payload_time_.reset();
  plan_.result = message_result::decoded;
  auto& words = style.rule ? style.rule->config.map : default_words();
  auto& fields = reader_.fields();
  for (auto& field : fields) {
    auto path
      = style.by_address ? fields.whole_path(field) : fields.path(field);
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
  give_times(x);
  if (plan_.readings.size() > first_ || plan_.result != message_result::decoded)
    return;
  auto alone = fields.size() == 1 && fields.path(fields[0]).empty()
               && fields[0].value.kind == scalar_kind::text;
  if (any_value_ || !alone)
    ignore(ignore_reason::no_value);
  else if (style.format == payload_format::number)
    reject(dead_reason::number);
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
  if (is_ambiguous_time(field.priority, field.value))
    return false;
  auto time = parse_time(field.value, zone);
  if (!time)
    return false;
  if (field.priority < time_priority_) {
    time_priority_ = field.priority;
    payload_time_ = time;
  }
  return true;
}

void message_decoder::take_value(const field_list::field& field,
                                 std::string_view path, const scalar& value,
                                 const reading_style& style) {
  planned_reading x;
  x.time = field.time;
  if (field.overlong) {
    if (style.rule != nullptr) {
      x.mapping_index = style.rule->first_mapping;
      x.refused = sample_refusal::name;
      plan_.readings.push_back(x);
    }
    return;
  }
  auto& bindings = *plan_.fields;
  auto at = bindings.find(path, hint_);
  if (at == field_map::npos)
    at = add_field(path, style);
  if (stamps_.size() < bindings.size())
    stamps_.resize(bindings.size() * 2);
  auto* xs = bindings.data();
  for (auto more = true; more; ++at) {
    auto& binding = xs[at];
    more = binding.more;
    if (binding.state == binding_state::unused)
      continue;
    auto& mapping = rules_->mapping(binding.mapping_index);
    if (style.rule == nullptr && mapping.source_format != style.source_format)
      continue;
    x.binding = static_cast<uint32_t>(at);
    x.mapping_index = binding.mapping_index;
    x.refused = sample_refusal::none;
    if (binding.state == binding_state::refused)
      x.refused = static_cast<sample_refusal>(binding.refused);
    else if (auto bits = convert(value, mapping.scale, mapping.type))
      x.value = *bits;
    else
      x.refused = sample_refusal::range;
    if (std::exchange(stamps_[at], stamp_) != stamp_
        || x.time != field_list::no_time || !replace(x))
      plan_.readings.push_back(x);
  }
  hint_ = at;
}

/// Of a field that stands twice without times the last one counts.
bool message_decoder::replace(const planned_reading& x) noexcept {
  auto& xs = plan_.readings;
  auto i = std::find_if(xs.begin(), xs.end(), [&](auto& y) {
    return y.binding == x.binding && y.time == field_list::no_time;
  });
  if (i == xs.end())
    return false;
  *i = x;
  return true;
}

size_t
message_decoder::add_field(std::string_view path, const reading_style& style) {
  auto& entry = *plan_.entry;
  auto topic = entry.topic();
  mappings_.clear();
  if (style.rule == nullptr)
    rules_->add_sources(entry.sources->groups, path, mappings_);
  else if (auto index = rules_->mapping_of(*style.rule, path);
           index != rule_set::no_mapping)
    mappings_.push_back(index);
  auto result = topics_.add_field(*plan_.fields, path, mappings_);
  for (size_t i = 0; i < mappings_.size(); ++i) {
    auto& binding = (*plan_.fields)[result + i];
    auto name = rules_->describe(mappings_[i], topic, path).name;
    if (name.empty()) {
      binding.state = binding_state::refused;
      binding.refused = refusal::name;
    } else if (keeps_times()) {
      binding.time_index = times_.find(last_times::key(name));
    }
  }
  return result;
}

sample_refusal
message_decoder::check_time(int64_t time, int64_t arrival) const noexcept {
  auto& limits = rules_->limits();
  if (time > arrival && time - arrival > nanoseconds(limits.future))
    return sample_refusal::future;
  return time < arrival - nanoseconds(limits.past) ? sample_refusal::past
                                                   : sample_refusal::none;
}

void message_decoder::give_times(const journal_record& x) {
  if (x.retained && rules_->retained() == retained_policy::if_newer)
    keep_newer();
  auto time = payload_time_.value_or(x.arrival);
  auto late
    = payload_time_ ? check_time(time, x.arrival) : sample_refusal::none;
  auto* bindings = plan_.fields->data();
  auto& xs = plan_.readings;
  for (auto i = first_; i < xs.size(); ++i) {
    auto& y = xs[i];
    auto refused = late;
    if (y.time == field_list::no_time)
      y.time = time;
    else
      refused = check_time(y.time, x.arrival);
    if (y.refused == sample_refusal::none)
      y.refused = refused;
    if (y.refused == sample_refusal::none)
      plan_.unresolved |= bindings[y.binding].state != binding_state::resolved;
  }
}

void message_decoder::keep_newer() {
  auto& xs = plan_.readings;
  if (xs.size() == first_ && payload_time_)
    return;
  auto is_old = [&](const planned_reading& y) {
    if (y.time == field_list::no_time && !payload_time_)
      return true;
    if (y.binding == planned_reading::no_binding)
      return false;
    auto time = y.time == field_list::no_time ? *payload_time_ : y.time;
    auto index = (*plan_.fields)[y.binding].time_index;
    return index != field_binding::no_time && times_.at(index) >= time;
  };
  auto begin = xs.begin() + static_cast<ptrdiff_t>(first_);
  xs.erase(std::remove_if(begin, xs.end(), is_old), xs.end());
  if (xs.size() == first_)
    ignore(ignore_reason::retained);
}

} // namespace rrdflow
