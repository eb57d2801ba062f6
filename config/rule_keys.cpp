#include "config/addresses.hpp"
#include "config/archive_syntax.hpp"
#include "config/keys.hpp"
#include "config/run_time_values.hpp"
#include "config/topic_syntax.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;
using kind = toml_value::kind;

constexpr std::chrono::seconds year = 365 * 24h;

// ---- types of values --------------------------------------------------------

/// A number, or "U" for none.
value_type<double> limit() {
  value_type<double> result;
  result.read = [](auto& issues, auto& name, auto& x, double& out) {
    auto none = x.type == kind::string && x.text == "U";
    out = none ? std::numeric_limits<double>::quiet_NaN() : x.real;
    return none
           || ((x.type == kind::real || x.type == kind::integer)
               && std::isfinite(out))
           || issues.error(x.at,
                           name + " must be a number, or \"U\" for no limit");
  };
  result.print
    = [](double x) { return std::isnan(x) ? "\"U\"" : toml_number(x); };
  return result;
}

/// The list as it stands: what it means depends on the step.
value_type<const toml_value*> archive_list() {
  value_type<const toml_value*> result;
  result.read = [](auto& issues, auto& name, auto& x, auto& out) {
    out = &x;
    if (x.type != kind::array)
      return issues.error(x.at,
                          name + " must be an array, not " + to_string(x.type));
    return !x.items.empty() || issues.error(x.at, name + " must not be empty");
  };
  return result;
}

value_type<payload_format> formats() {
  std::vector<std::pair<std::string, payload_format>> all;
  for (auto name : payload_format_names)
    all.emplace_back(name, static_cast<payload_format>(all.size()));
  return words(std::move(all), {std::begin(planned_payload_formats),
                                std::end(planned_payload_formats)});
}

std::string about_formats() {
  std::string result = "What payloads look like: ";
  for (std::string name : payload_format_names)
    result += (result.back() == '"' ? ", \"" : "\"") + name + '"';
  return result + '.';
}

value_type<word_map> words_and_numbers() {
  value_type<word_map> result;
  result.read = [](auto& issues, auto& name, auto& x, auto& out) {
    if (!is_table(issues, name, x))
      return false;
    out.clear();
    for (auto& [word, at, y] : x.members)
      if (y.type == kind::real || y.type == kind::integer)
        out.emplace_back(word, y.real);
      else
        issues.error(y.at, name + ": \"" + word
                             + "\" must stand for a number, not "
                             + to_string(y.type));
    return true;
  };
  result.print = [](auto& xs) {
    std::string list;
    for (auto& [word, y] : xs)
      list += (list.empty() ? "" : ", ") + word + " = " + toml_number(y);
    return "{ " + list + " }";
  };
  return result;
}

using janitoo_address = rrd_source_config::janitoo_address;

std::optional<janitoo_address> parse_triple(std::string_view x) {
  auto first = x.find('|');
  auto last = x.rfind('|');
  if (first == last)
    return std::nullopt;
  janitoo_address result{std::string{x.substr(0, first)},
                         std::string{x.substr(first + 1, last - first - 1)},
                         std::string{x.substr(last + 1)}};
  auto digits
    = !result.index.empty()
      && result.index.find_first_not_of("0123456789") == std::string::npos;
  if (!is_janitoo_address(result.hadd) || result.uuid.empty() || !digits
      || result.uuid.find('|') != std::string::npos)
    return std::nullopt;
  return result;
}

value_type<std::optional<janitoo_address>> triple() {
  value_type<std::optional<janitoo_address>> result;
  result.read = [](auto& issues, auto& name, auto& x, auto& out) {
    std::string plain;
    if (!text().read(issues, name, x, plain))
      return false;
    out = parse_triple(plain);
    return out
           || issues.error(x.at,
                           name + ": \"" + plain
                             + "\" is not like \"0048/0004|memory_rss|0\": "
                               "address, value, index");
  };
  return result;
}

// ---- what files are ---------------------------------------------------------

template <class T>
void inherit(setting<T>& child, const setting<T>& parent) {
  if (child.value || !parent.value)
    return;
  child = parent;
  child.own = false;
}

bool only_last(const setting<source_type>& x) {
  return x.value && is_integer(*x.value);
}

/// Fills in what `child` leaves open. A counter does not inherit `sample`, for
/// which it has no choice.
definition_entry
inherit(definition_entry child, const definition_entry& parent) {
  if (!only_last(child.type))
    inherit(child.sample, parent.sample);
  inherit(child.step, parent.step);
  inherit(child.lateness, parent.lateness);
  inherit(child.heartbeat, parent.heartbeat);
  inherit(child.type, parent.type);
  inherit(child.fill, parent.fill);
  inherit(child.min, parent.min);
  inherit(child.max, parent.max);
  inherit(child.xff, parent.xff);
  inherit(child.archives, parent.archives);
  return child;
}

/// Of two settings that contradict each other, the place of the nearer one.
template <class T, class U>
config_place culprit(const setting<T>& x, const setting<U>& y) {
  return x.own || !y.own ? x.at : y.at;
}

/// Makes a data source and checks that it makes sense.
/// @pre x.step has a value
source_definition
make_source(issue_list& issues, const definition_entry& x, std::string name) {
  source_definition result;
  result.name = std::move(name);
  result.type = x.type.value.value_or(source_type::gauge);
  result.sample = x.sample.value.value_or(result.type == source_type::absolute
                                            ? slot_sample::sum
                                            : slot_sample::last);
  if (is_integer(result.type) && result.sample != slot_sample::last)
    issues.error(x.sample.at, std::string{"sample must be \"last\" for a "}
                                + to_string(result.type));
  result.fill = x.fill.value.value_or(gap_fill::heartbeat);
  auto step = *x.step.value;
  auto heartbeat = x.heartbeat.value.value_or(2 * step);
  result.heartbeat = heartbeat.count();
  if (heartbeat < step)
    issues.error(culprit(x.heartbeat, x.step),
                 "heartbeat " + print_duration(heartbeat)
                   + " is below the step, " + print_duration(step));
  result.min = x.min.value.value_or(result.min);
  result.max = x.max.value.value_or(result.max);
  if (result.min >= result.max)
    issues.error(culprit(x.max, x.min), "min must be below max");
  return result;
}

/// Makes the archives that `x` lists, `otherwise` if it lists none.
/// @pre x.step and x.xff have values
std::vector<archive_definition>
make_archives(issue_list& issues, const definition_entry& x,
              std::vector<archive_definition> otherwise) {
  if (!x.archives.value)
    return otherwise;
  std::vector<archive_definition> result;
  for (auto& item : (*x.archives.value)->items) {
    if (item.type != kind::string) {
      issues.error(item.at, std::string{"archives must hold strings, not "}
                              + to_string(item.type));
      continue;
    }
    auto parsed = parse_archive(item.text, x.step.value->count(), *x.xff.value);
    if (!parsed.mistake.empty())
      // The list of the rule may be wrong only for this entry's step.
      issues.error(!x.archives.own && x.step.own ? x.step.at : item.at,
                   "archives: \"" + item.text + "\": " + parsed.mistake);
    result.insert(result.end(), parsed.archives.begin(), parsed.archives.end());
  }
  return result;
}

/// The file of a rule or field, or the rule's if both are alike.
definition_ptr make_definition(issue_list& issues, const definition_entry& x,
                               const definition_ptr& rule) {
  auto result = std::make_shared<file_definition>();
  result->step = x.step.value->count();
  result->lateness = x.lateness.value->count();
  result->sources.push_back(make_source(issues, x, "value"));
  result->archives
    = make_archives(issues, x, default_archives(result->step, *x.xff.value));
  if (rule && *rule == *result)
    return rule;
  return result;
}

// ---- keys that several tables have ------------------------------------------

template <class Entry>
using keys = std::vector<key<Entry>>;

template <class Entry>
keys<Entry> join(std::initializer_list<keys<Entry>> all) {
  keys<Entry> result;
  for (auto& xs : all)
    result.insert(result.end(), xs.begin(), xs.end());
  return result;
}

template <class Entry>
key<Entry> step_key(const char* about = "") {
  return {"step", &Entry::step, seconds(1s, year), about};
}

template <class Entry>
key<Entry> lateness_key(const char* about = "") {
  return {"lateness", &Entry::lateness, seconds(0s, year), about};
}

template <class Entry>
key<Entry> archives_key(const char* about, const char* example) {
  return key<Entry>{"archives", &Entry::archives, archive_list(), about}.shown(
    example);
}

template <class Entry>
key<Entry> xff_key(const char* about = "") {
  auto check = [](double x) {
    return x >= 0 && x < 1 ? "" : "a number of at least 0 and below 1";
  };
  return {"xff", &Entry::xff, number(check), about};
}

/// What tables say of readings: `type` and so on are for the documentation.
struct about_readings {
  const char* type = "";
  const char* sample = "";
  const char* fill = "";
  const char* heartbeat = "";
  const char* limits = "";
};

template <class Entry>
keys<Entry> sample_keys(const char* heartbeat, const about_readings& about) {
  return {
    key<Entry>{"sample", &Entry::sample,
               names_of({slot_sample::last, slot_sample::mean, slot_sample::min,
                         slot_sample::max, slot_sample::sum,
                         slot_sample::count}),
               about.sample}
      .shown("\"last\""),
    {"fill", &Entry::fill,
     names_of({gap_fill::heartbeat, gap_fill::hold, gap_fill::none}),
     about.fill},
    key<Entry>{"heartbeat", &Entry::heartbeat, seconds(1s, 10 * year),
               about.heartbeat}
      .shown(heartbeat),
  };
}

template <class Entry>
keys<Entry> source_keys(const about_readings& about = {}) {
  return join<Entry>({
    {key<Entry>{"type", &Entry::type,
                names_of({source_type::gauge, source_type::counter,
                          source_type::derive, source_type::absolute,
                          source_type::dcounter, source_type::dderive}),
                about.type}
       .shown("\"GAUGE\"")},
    sample_keys<Entry>("\"20s\"", about),
    {key<Entry>{"min", &Entry::min, limit(), about.limits}.shown("\"U\""),
     key<Entry>{"max", &Entry::max, limit(), ""}.shown("\"U\"")},
  });
}

// ---- [[rule]] ---------------------------------------------------------------

void finish_field(const table_view& table, field_entry& x) {
  auto& path = x.path;
  if (!table.value.find("path"))
    table.issues.error(table.value.at, "an entry of fields needs a path");
  for (auto level : topic_levels(path))
    if (level.find('*') != std::string_view::npos && level != "*"
        && level != "**")
      table.error("path", "\"*\" and \"**\" must be whole levels, not \""
                            + std::string{level} + '"');
}

const key_table<field_entry> field_keys{
  "rule.fields", "",
  join<field_entry>({
    {
      {"path", &field_entry::path, text(), ""},
      {"drop", &field_entry::drop, boolean(), ""},
      {"scale", &field_entry::scale,
       number([](double x) { return x == 0 ? "other than 0" : ""; }), ""},
      step_key<field_entry>(),
      archives_key<field_entry>("", ""),
    },
    source_keys<field_entry>(),
  }),
  finish_field};

void warn_of_lateness(issue_list& issues, const definition_entry& x) {
  if (*x.lateness.value > 1h)
    issues.warning(x.lateness.at,
                   "lateness: no row is written before its slot is this old; "
                   "more than an hour costs much memory");
}

void finish_rule(const table_view& table, rule_entry& x) {
  auto& issues = table.issues;
  x.table = &table.value;
  if (x.name.empty())
    issues.error(table.place("name"), "a rule needs a name");
  else if (x.name.substr(0, 4) == "rrd/")
    table.error("name", "what begins with \"rrd/\" is for [[rrd]]");
  if (x.topics.empty())
    issues.error(table.place("topics"), "a rule needs topics");
  if (x.time.empty())
    issues.error(table.place("time"),
                 "time must be \"auto\", \"arrival\", or the path of a field");
  warn_of_lateness(issues, x);
  x.definition = make_definition(issues, x, nullptr);
  for (auto& field : x.own_fields) {
    field.definition = make_definition(issues, inherit(field, x), x.definition);
    x.fields.push_back(std::move(field));
  }
}

// ---- [[rrd]] ----------------------------------------------------------------

// What librrd takes as the name of a data source.
bool is_label(std::string_view x) {
  return !x.empty() && x.size() <= 19
         && std::all_of(x.begin(), x.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || (c >= '0' && c <= '9') || c == '_' || c == '-';
            });
}

std::string quoted_mistake(const std::string& filter) {
  auto why = topic_filter_mistake(filter);
  return why.empty() ? why : '"' + filter + "\": " + why;
}

void finish_source(const table_view& table, source_entry& x) {
  auto& issues = table.issues;
  auto topic = table.value.find("topic");
  auto janitoo = table.value.find("janitoo");
  if ((topic != nullptr) == (janitoo != nullptr))
    issues.error(table.value.at, topic
                                   ? "a source has topic or janitoo, not both"
                                   : "a source needs topic or janitoo");
  if (auto format = table.value.find("format"); format && janitoo && !topic)
    issues.error(format->at,
                 "format belongs to topic; a Janitoo value has its own");
  if (auto path = table.value.find("path"); path && janitoo && !topic)
    issues.error(path->at, "path belongs to topic; a Janitoo value has none");
  if (!is_label(x.label))
    issues.error(table.place("label"), "a source needs a label of 1 to 19 "
                                       "letters, digits, \"_\" or \"-\"");
  x.label_at = table.place("label");
}

const key_table<source_entry> rrd_source_keys{
  "rrd.sources", "",
  join<source_entry>({
    {
      {"topic", &source_entry::topic, text(quoted_mistake), ""},
      {"format", &source_entry::format, formats(), ""},
      {"path", &source_entry::path, text(), ""},
      key<source_entry>{"janitoo", &source_entry::janitoo, triple(), ""}.shown(
        ""),
      {"label", &source_entry::label, text(), ""},
    },
    source_keys<source_entry>(),
  }),
  finish_source};

void finish_rrd(const table_view& table, rrd_entry& x) {
  auto& issues = table.issues;
  x.table = &table.value;
  if (x.name.empty())
    issues.error(table.place("name"), "an [[rrd]] needs a name");
  for (auto level : topic_levels(x.name))
    if (level.size() > 200)
      table.error("name", "a level has more than 200 bytes");
  if (!table.value.find("node"))
    x.node = x.name;
  if (x.node.empty() && !x.name.empty())
    table.error("node", "it is empty");
  if (is_own_node(x.node))
    table.error("node", '"' + x.node
                          + "\" is a node of our own; give this one another "
                            "name, as in node = \"rrd_"
                          + x.node + '"');
  if (x.own_sources.empty())
    issues.error(table.place("sources"), "an [[rrd]] needs sources");
  warn_of_lateness(issues, x);
  auto file = std::make_shared<file_definition>();
  file->step = x.step.value->count();
  file->lateness = x.lateness.value->count();
  file->archives = make_archives(issues, x, original_archives(*x.xff.value));
  for (auto& source : x.own_sources) {
    for (auto& other : x.sources)
      if (!source.label.empty() && other.label == source.label)
        issues.error(source.label_at,
                     "label \"" + source.label + "\" is there already");
    file->sources.push_back(
      make_source(issues, inherit(source, x), source.label));
    x.sources.push_back(std::move(source));
  }
  x.definition = std::move(file);
}

std::string hadd_mistake(const std::string& x) {
  return x.empty() || is_janitoo_address(x) ? ""
                                            : "it is not like \"0014/0001\"";
}

std::string zone_mistake(const std::string& x) {
  return x.empty() ? x : time_zone_mistake(x);
}

} // namespace

word_map default_word_map() {
  return {{"ON", 1},   {"OFF", 0},    {"on", 1},     {"off", 0},
          {"open", 1}, {"closed", 0}, {"online", 1}, {"offline", 0}};
}

rule_entry::rule_entry() {
  step.value = 10s;
  lateness.value = 0s;
  fill.value = gap_fill::heartbeat;
  xff.value = 0.5;
  map = default_word_map();
}

rrd_entry::rrd_entry() {
  step.value = 300s;
  lateness.value = 0s;
  fill.value = gap_fill::none;
  xff.value = 0.5;
}

const key_table<rule_entry>& rule_keys() {
  using key = rrdflow::key<rule_entry>;
  about_readings about;
  about.type = "GAUGE COUNTER DERIVE ABSOLUTE DCOUNTER DDERIVE";
  about.sample
    = "What a row keeps of several readings: last mean min max sum count. "
      "Default: last; of an ABSOLUTE, sum. COUNTER and DERIVE know only last.";
  about.fill
    = "What stands in a gap of a GAUGE, up to the heartbeat: \"heartbeat\" "
      "(the next value), \"hold\" (the value before: for sensors that send on "
      "change), \"none\" (unknown).";
  about.heartbeat
    = "A longer gap is unknown. Default: two steps; never below the step.";
  about.limits = "Values beyond are unknown; \"U\": no limit.";
  static const key_table<rule_entry> result{
    "rule", "",
    join<rule_entry>({
      {
        key{"name", &rule_entry::name, text(), ""}.shown("\"plant\""),
        key{"topics", &rule_entry::topics, texts(topic_filter_mistake),
            "Topic filters: \"+\" stands for one level, \"#\" for all that "
            "follow."}
          .shown("[\"sensors/+/+/+\"]"),
        {"exclude", &rule_entry::exclude, texts(topic_filter_mistake), ""},
        {"drop", &rule_entry::drop, boolean(), "true: discard these messages."},
        {"format", &rule_entry::format, formats(), about_formats().c_str()},
        {"series", &rule_entry::series, parsed<series_template>(),
         "The name of the series, which is the file's, too: {topic}; {path}, "
         "the field's place in the payload; {0} {1}, levels of the topic; "
         "{1..}, level 1 to the end."},
        {"shared", &rule_entry::shared, boolean(),
         "true: several topics may feed one series."},
        {"time", &rule_entry::time, text(),
         "The time of a reading: \"auto\" (the payload's usual fields, else "
         "the arrival), \"arrival\", or the path of the field that holds it."},
        {"timezone", &rule_entry::timezone, text(zone_mistake),
         "For times without a zone, e.g. \"Europe/Paris\"; \"\": such times "
         "are not used."},
        step_key<rule_entry>("The distance of two rows."),
        lateness_key<rule_entry>(
          "How long a row stays open for readings that come late."),
      },
      source_keys<rule_entry>(about),
      {
        {"max_series", &rule_entry::max_series,
         integer(0, std::numeric_limits<int64_t>::max()),
         "0: no limit but limits.series."},
        archives_key<rule_entry>(
          "Resolution and time span: AVERAGE, MIN and MAX of each; \"10s for "
          "1d LAST\": only that; \"RRA:AVERAGE:0.5:1:8640\" (function, xff, "
          "steps, rows) as it stands. Default: from the step s: each row for "
          "1440 to 8640 rows (10s: 1d; 1m: 1d; 5m: 5d), then 10080 rows of at "
          "least 5s, then two years of at least 1h.",
          "[\"10s for 1d\", \"1m for 7d\", \"1h for 2y\"]"),
        xff_key<rule_entry>("The share of a row that may be unknown."),
        {"map", &rule_entry::map, words_and_numbers(),
         "Words and the numbers they stand for."},
        {"only", &rule_entry::only, boolean(),
         "true: only fields that an entry of `fields` matches."},
        key{"fields", &rule_entry::own_fields, field_keys,
            "{ path = \"a/b\", type = \"COUNTER\" }",
            "Fields of their own kind. The first entry whose path matches "
            "counts: \"*\" is one level, \"**\" any number. What an entry does "
            "not say comes from the rule."}
          .shown(R"([
  { path = "**/linkquality", drop = true },
  { path = "ENERGY/Total", type = "COUNTER", scale = 1000, min = 0, max = 1e6 },
  { path = "door", sample = "max", fill = "hold", heartbeat = "1d", step = "1m", archives = ["1m for 7d LAST"] },
])"),
      },
    }),
    finish_rule};
  return result;
}

const key_table<rrd_entry>& rrd_keys() {
  using key = rrdflow::key<rrd_entry>;
  static const key_table<rrd_entry> result{
    "rrd", "",
    join<rrd_entry>({
      {
        key{"name", &rrd_entry::name, text(), ""}.shown("\"memory_rss\""),
        step_key<rrd_entry>().by_record().set_by("", "rrd_step"),
        lateness_key<rrd_entry>(),
      },
      sample_keys<rrd_entry>("\"10m\"", {}),
      {
        xff_key<rrd_entry>(),
        archives_key<rrd_entry>(
          "Default: those of the original, which are these.", R"([
  "RRA:AVERAGE:0.5:1:1440", "RRA:AVERAGE:0.5:12:1440", "RRA:AVERAGE:0.5:144:1440", "RRA:AVERAGE:0.5:288:1440",
  "RRA:MAX:0.5:1:1440", "RRA:MAX:0.5:12:1440", "RRA:MAX:0.5:144:1440", "RRA:MAX:0.5:288:1440",
  "RRA:MIN:0.5:1:1440", "RRA:MIN:0.5:12:1440", "RRA:MIN:0.5:144:1440", "RRA:MIN:0.5:288:1440",
])"),
        {"hadd", &rrd_entry::hadd, text(hadd_mistake),
         "Its address as a node of a Janitoo network, e.g. \"0014/0001\", how "
         "often that says that it is alive, and where it is."},
        key{"heartbeat_period", &rrd_entry::heartbeat_period, seconds(1s, year),
            ""}
          .set_by("", "heartbeat"),
        key{"location", &rrd_entry::location, text(), ""}.set_by("",
                                                                 "location"),
        key{"node", &rrd_entry::node, text(),
            "What the node is called: datarrd__<node> (default: the name), and "
            "a title. The service itself is called datarrd, http and "
            "http__rrd."}
          .shown("\"memory_rss\""),
        key{"title", &rrd_entry::title, text(), ""}.set_by("", "name"),
        key{"config_timeout", &rrd_entry::config_timeout, seconds(0s, year), ""}
          .set_by("", "config_timeout"),
        key{"source_poll", &rrd_entry::source_poll, seconds(0s, year),
            "How often its labels are published; \"0s\": never."}
          .set_by("", "source_poll"),
        key{"sources", &rrd_entry::own_sources, rrd_source_keys,
            "{ topic = \"a/b\", label = \"b\" }",
            "Each has a label of 1 to 19 letters, digits, \"_\" or \"-\", and "
            "either a Janitoo value (address|value|index) or a topic filter "
            "and the path in the payload."}
          .shown(R"([
  { janitoo = "0048/0004|memory_rss|0", type = "GAUGE", label = "hostsensor" },
  { topic = "sensors/a/b/temp", path = "", format = "auto", type = "GAUGE", label = "temp", min = -50, max = 150, sample = "mean", fill = "hold", heartbeat = "20m" },
])"),
      },
    }),
    finish_rrd};
  return result;
}

} // namespace rrdflow
