#include "actors/decode/message_decoder.hpp"

#include "actors/decode/formats/number.hpp"
#include "actors/decode/topic_filter.hpp"

#include <xxhash.h>

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

constexpr int64_t nanoseconds(std::chrono::seconds x) noexcept {
  return x.count() > 9000000000 ? 9000000000000000000 : x.count() * 1000000000;
}

/// With `auto`, a number further than that from its arrival is no time: an
/// uptime, a tick count.
constexpr int64_t plausible_age = int64_t{10} * 365 * 86400 * 1000000000;

} // namespace

const char* to_string(message_result x) {
  static constexpr const char* names[] = {"decoded", "ignored", "dead"};
  return names[static_cast<size_t>(x)];
}

const char* to_string(passed_reason x) {
  static constexpr const char* names[passed_reasons]
    = {"no_value", "text", "dropped", "not_listed", "time", "no_series"};
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
  plan_.identities.clear();
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
  if (!rules_->counts(entry->identifier, x.topic, x.identifiers,
                      x.identifier_count))
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
  if (!rule.takes_numbers)
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
  if (is_integer(mapping.type) && has_decimals(value, mapping.scale))
    reading.mark = reading_mark::lost_decimals;
  plan_.readings.push_back(reading);
  return true;
}

bool message_decoder::read(const journal_record& x, payload_format format,
                           char decimal) {
  switch (reader_.read(format, x.topic, x.payload, x.arrival, decimal)) {
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
      at = add_field(path, path, style);
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
  if (!read(x, rule.config.format, rule.config.decimal))
    return;
  plan_.fields = &entry.fields;
  reading_style style;
  style.rule = &rule;
  style.format = rule.config.format;
  style.time = rule.time;
  style.decimal = rule.config.decimal;
  style.named = rule.config.series.fields().size();
  take_fields(x, style);
}

void message_decoder::take_fields(const journal_record& x,
                                  const reading_style& style) {
  auto& fields = reader_.fields();
  arrival_ = x.arrival;
  hint_ = 0;
  any_value_ = false;
  message_time_ = {};
  identities_.clear();
  record_times_.clear();
  if (fields.records() > 1)
    record_times_.resize(fields.records());
  if (style.named > 0)
    find_named(style.rule->config.series.fields());
  plan_.result = message_result::decoded;
  all_bound_ = true;
  if (stamps_.size() < plan_.fields->size())
    stamps_.resize(plan_.fields->size() * 2);
  ++stamp_;
  auto by_path = style.time == time_source::path;
  auto named = style.named > 0;
  for (auto& field : fields) {
    auto path = path_of(field, style);
    if ((by_path || field.priority != no_role) && take_role(field, path, style))
      continue;
    if (is_number(field.value)) {
      any_value_ = true;
      if (!field.overlong && !named)
        add_readings(field, path, field.value, style);
      else
        take_value(field, path, field.value, style);
    } else {
      take_other(field, path, style);
    }
  }
  give_times(x, style);
  if (!identities_.empty() && style.rule != nullptr
      && !style.rule->config.shared)
    plan_identities(style);
  stamp_ += static_cast<uint32_t>(fields.records() - 1);
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

void message_decoder::take_other(const field_list::field& field,
                                 std::string_view path,
                                 const reading_style& style) {
  static const word_map no_words;
  auto* words = style.rule != nullptr ? &style.rule->config.map : &no_words;
  auto value = field.value;
  if (value.kind == scalar_kind::text && style.rule != nullptr
      && style.rule->has_own_words) {
    auto mapping = rules_->mapping_of(*style.rule, path);
    if (mapping != rule_set::no_mapping
        && !rules_->mapping(mapping).words.empty())
      words = &rules_->mapping(mapping).words;
  }
  if (!find_value(*words, style.decimal, value))
    return pass(field, style,
                value.kind == scalar_kind::text ? passed_reason::text
                                                : passed_reason::no_value);
  any_value_ = true;
  take_value(field, path, value, style);
}

bool message_decoder::take_role(const field_list::field& field,
                                std::string_view path,
                                const reading_style& style) {
  if (field.priority == identity_role)
    identities_.push_back(
      static_cast<uint32_t>(&field - reader_.fields().begin()));
  auto may_be_time
    = style.time == time_source::path
      || (style.time == time_source::automatic && field.priority >= 0);
  if (!may_be_time || !take_time(field, path, style))
    return false;
  pass(field, style, passed_reason::time);
  return true;
}

bool message_decoder::take_time(const field_list::field& field,
                                std::string_view path,
                                const reading_style& style) {
  static const time_zone no_zone;
  auto& zone = style.rule ? style.rule->zone : no_zone;
  auto& result = time_of(field.record);
  if (style.time == time_source::path) {
    auto& wanted = style.rule->config.time;
    if (path != wanted && reader_.fields().path_in_record(field) != wanted)
      return false;
    result.time = parse_time(field.value, zone, arrival_);
    result.unreadable = !result.time;
    return true;
  }
  if (is_ambiguous_time(field.priority, field.value))
    return false;
  auto time = parse_time(field.value, zone, arrival_);
  if (!time)
    return false;
  if (is_numeric(field.value)) {
    auto& limits = rules_->limits();
    // Neither overflows: times are within 292 years of the epoch.
    auto oldest = std::max(plausible_age, nanoseconds(limits.past));
    auto newest = std::max(plausible_age, nanoseconds(limits.future));
    if (static_cast<long double>(*time) < static_cast<long double>(arrival_)
                                            - static_cast<long double>(oldest)
        || static_cast<long double>(*time)
             > static_cast<long double>(arrival_)
                 + static_cast<long double>(newest))
      return false;
  }
  if (field.priority < result.priority) {
    result.priority = field.priority;
    result.time = time;
  }
  return true;
}

const message_decoder::record_time&
message_decoder::time_for(uint32_t record) noexcept {
  while (record != 0 && !record_times_[record].is_said())
    record = reader_.fields().outer_record(record);
  return time_of(record);
}

void message_decoder::find_named(const std::vector<std::string>& paths) {
  auto& fields = reader_.fields();
  named_.assign(fields.records() * paths.size(), 0);
  for (size_t i = 0; i < fields.size(); ++i) {
    auto& field = fields[i];
    for (size_t n = 0; n < paths.size(); ++n)
      if (!field.overlong
          && (fields.path_in_record(field) == paths[n]
              || fields.path(field) == paths[n]))
        named_[field.record * paths.size() + n] = static_cast<uint32_t>(i + 1);
  }
}

bool message_decoder::make_key(uint32_t record, size_t fields,
                               std::string_view path) {
  key_.clear();
  for (size_t n = 0; n < fields; ++n) {
    auto at = record;
    while (at != 0 && named_[at * fields + n] == 0)
      at = reader_.fields().outer_record(at);
    auto found = named_[at * fields + n];
    if (found == 0 || !set_text(text_, reader_.fields()[found - 1].value))
      return false;
    binding_key::add_value(key_, text_);
  }
  key_ += path;
  return true;
}

bool message_decoder::has_key(const field_list::field& field,
                              std::string_view path,
                              const reading_style& style) {
  auto why = sample_refusal::field;
  if (field.overlong) {
    why = sample_refusal::name;
  } else if (make_key(field.record, style.named, path)) {
    return true;
  } else if (rules_->mapping_of(*style.rule, path) == rule_set::no_mapping) {
    pass_unused(field, style);
    return false;
  }
  if (style.rule == nullptr)
    return false;
  planned_reading x;
  x.mapping_index = style.rule->first_mapping;
  x.time = field.time;
  x.record = field.record;
  x.refused = why;
  plan_.readings.push_back(x);
  return false;
}

void message_decoder::pass(const field_list::field& field,
                           const reading_style& style, passed_reason why) {
  if (passed_ != nullptr)
    passed_->pass(path_of(field, style), field.value, why);
}

void message_decoder::pass_unused(const field_list::field& field,
                                  const reading_style& style) {
  if (passed_ != nullptr)
    pass(field, style,
         style.rule != nullptr
             && rules_->is_dropped(*style.rule, path_of(field, style))
           ? passed_reason::dropped
           : passed_reason::not_listed);
}

void message_decoder::plan_identities(const reading_style& style) {
  auto& fields = reader_.fields();
  auto& named = style.rule->config.series.fields();
  // By record: 0 without a reading, 1 with one, and then the index of its
  // identity plus 2.
  auto& found = record_marks_;
  found.assign(fields.records(), 0);
  for (auto i = first_; i < plan_.readings.size(); ++i)
    if (auto& x = plan_.readings[i]; x.refused == sample_refusal::none)
      found[x.record] = 1;
  auto is_named = [&](const field_list::field& x) {
    return std::any_of(named.begin(), named.end(), [&](auto& path) {
      return path == fields.path_in_record(x) || path == fields.path(x);
    });
  };
  for (auto i : identities_) {
    auto& field = fields[i];
    auto& at = found[field.record];
    if (at == 0 || field.overlong || is_named(field))
      continue;
    if (at == 1) {
      planned_identity fresh;
      fresh.place = topics_.hash(plan_.entry->topic());
      fresh.record = field.record;
      // Series that other fields part are watched one by one.
      if (!named.empty() && make_key(field.record, named.size(), {}))
        fresh.place ^= XXH3_64bits(key_.data(), key_.size());
      plan_.identities.push_back(fresh);
      at = static_cast<uint32_t>(plan_.identities.size() + 1);
    }
    if (!set_text(text_, field.value))
      text_.clear();
    auto& x = plan_.identities[at - 2];
    auto path = fields.path(field);
    x.place = XXH3_64bits_withSeed(path.data(), path.size(), x.place);
    x.value = static_cast<uint32_t>(
      XXH3_64bits_withSeed(text_.data(), text_.size(), x.value));
  }
}

std::vector<std::string>
message_decoder::identity_paths(const planned_identity& x) const {
  std::vector<std::string> result;
  auto& fields = reader_.fields();
  for (auto i : identities_)
    if (fields[i].record == x.record)
      result.emplace_back(fields.path_in_record(fields[i]));
  return result;
}

void message_decoder::take_value(const field_list::field& field,
                                 std::string_view path, const scalar& value,
                                 const reading_style& style) {
  auto own_key = field.overlong || style.named > 0;
  if (!own_key || has_key(field, path, style))
    add_readings(field, own_key ? std::string_view{key_} : path, value, style);
}

void message_decoder::add_readings(const field_list::field& field,
                                   std::string_view key, const scalar& value,
                                   const reading_style& style) {
  planned_reading x;
  x.time = field.time;
  x.record = field.record;
  auto& bindings = *plan_.fields;
  auto at = bindings.find(key, hint_);
  if (at == field_map::npos)
    at = add_field(path_of(field, style), key, style);
  auto* xs = bindings.data();
  auto stamp = stamp_ + field.record;
  for (auto more = true; more; ++at) {
    auto& binding = xs[at];
    more = binding.more;
    if (binding.state != binding_state::resolved) {
      all_bound_ = false;
      if (binding.state == binding_state::unused) {
        pass_unused(field, style);
        continue;
      }
    }
    auto& mapping = rules_->mapping(binding.mapping_index);
    if (style.rule == nullptr && mapping.source_format != style.source_format)
      continue;
    x.binding = static_cast<uint32_t>(at);
    x.mapping_index = binding.mapping_index;
    x.refused = sample_refusal::none;
    x.mark = reading_mark::none;
    if (binding.state == binding_state::refused) {
      x.refused = static_cast<sample_refusal>(binding.refused);
    } else if (auto bits = convert(value, mapping.scale, mapping.type)) {
      x.value = *bits;
      if (is_integer(mapping.type) && has_decimals(value, mapping.scale))
        x.mark = reading_mark::lost_decimals;
    } else if (value.kind != scalar_kind::unknown) {
      x.refused = sample_refusal::range;
    } else if (binding.state != binding_state::absent) {
      x.mark = reading_mark::unknown;
    } else {
      pass(field, style, passed_reason::no_series);
      continue;
    }
    if (std::exchange(stamps_[at], stamp) != stamp
        || x.time != field_list::no_time || !replace(x))
      plan_.readings.push_back(x);
  }
  hint_ = at;
}

/// Of a field that stands twice without times the last one counts.
bool message_decoder::replace(const planned_reading& x) noexcept {
  auto& xs = plan_.readings;
  auto i = std::find_if(xs.begin(), xs.end(), [&](auto& y) {
    return y.binding == x.binding && y.record == x.record
           && y.time == field_list::no_time;
  });
  if (i == xs.end())
    return false;
  *i = x;
  return true;
}

size_t message_decoder::add_field(std::string_view path, std::string_view key,
                                  const reading_style& style) {
  auto& entry = *plan_.entry;
  auto topic = entry.topic();
  mappings_.clear();
  if (style.rule == nullptr)
    rules_->add_sources(entry.sources->groups, path, mappings_);
  else if (auto index = rules_->mapping_of(*style.rule, path);
           index != rule_set::no_mapping)
    mappings_.push_back(index);
  auto result = topics_.add_field(*plan_.fields, key, mappings_);
  if (stamps_.size() < plan_.fields->size())
    stamps_.resize(plan_.fields->size() * 2);
  for (size_t i = 0; i < mappings_.size(); ++i) {
    auto& binding = (*plan_.fields)[result + i];
    auto name = rules_->describe(mappings_[i], topic, key).name;
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

void message_decoder::give_times(const journal_record& x,
                                 const reading_style& style) {
  if (x.retained && rules_->retained() == retained_policy::if_newer)
    keep_newer();
  auto time = x.arrival;
  auto late = sample_refusal::none;
  auto take = [&](const judged_time& y) {
    time = y.time;
    late = y.refused;
  };
  if (message_time_.is_said())
    take(judge(message_time_, style));
  auto& xs = plan_.readings;
  // Nearly all messages.
  if (all_bound_ && late == sample_refusal::none
      && reader_.fields().records() == 1) {
    for (auto i = first_; i < xs.size(); ++i) {
      auto& y = xs[i];
      if (y.time == field_list::no_time)
        y.time = time;
      else
        judge_own(y, style);
    }
    return;
  }
  uint32_t judged = 0;
  auto* bindings = plan_.fields->data();
  for (auto i = first_; i < xs.size(); ++i) {
    auto& y = xs[i];
    if (y.record != judged) {
      take(judge(time_for(y.record), style));
      judged = y.record;
    }
    if (y.time != field_list::no_time) {
      judge_own(y, style);
    } else {
      y.time = time;
      if (y.refused == sample_refusal::none)
        y.refused = late;
    }
    if (y.refused == sample_refusal::none)
      plan_.unresolved |= bindings[y.binding].state != binding_state::resolved;
  }
}

void message_decoder::judge_own(planned_reading& x,
                                const reading_style& style) const {
  record_time said;
  said.time = x.time;
  auto result = judge(said, style);
  x.time = result.time;
  if (x.refused == sample_refusal::none)
    x.refused = result.refused;
}

message_decoder::judged_time
message_decoder::judge(const record_time& x, const reading_style& style) const {
  judged_time result{x.time.value_or(arrival_), sample_refusal::none};
  if (x.unreadable)
    result.refused = sample_refusal::time;
  else if (x.time)
    result.refused = check_time(result.time, arrival_);
  if (result.refused != sample_refusal::none && style.rule != nullptr
      && style.rule->config.out_of_bounds == out_of_bounds::arrival)
    return {arrival_, sample_refusal::none};
  return result;
}

void message_decoder::keep_newer() {
  auto& xs = plan_.readings;
  if (xs.size() == first_ && message_time_.time)
    return;
  auto is_old = [&](const planned_reading& y) {
    auto own = y.time == field_list::no_time ? time_for(y.record).time
                                             : std::optional{y.time};
    if (!own)
      return true;
    if (y.binding == planned_reading::no_binding)
      return false;
    auto index = (*plan_.fields)[y.binding].time_index;
    return index != field_binding::no_time && times_.at(index) >= *own;
  };
  auto begin = xs.begin() + static_cast<ptrdiff_t>(first_);
  xs.erase(std::remove_if(begin, xs.end(), is_old), xs.end());
  if (xs.size() == first_)
    ignore(ignore_reason::retained);
}

} // namespace rrdflow
