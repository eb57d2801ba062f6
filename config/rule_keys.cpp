#include "config/addresses.hpp"
#include "config/archive_syntax.hpp"
#include "config/keys.hpp"
#include "config/rule_values.hpp"
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

constexpr std::chrono::seconds year = 365 * 24h;

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

/// @param heartbeat the type of its value, and what is shown of it
template <class Entry>
keys<Entry> sample_keys(value_type<std::chrono::seconds> heartbeat,
                        const char* shown, const about_readings& about) {
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
    key<Entry>{"heartbeat", &Entry::heartbeat, std::move(heartbeat),
               about.heartbeat}
      .shown(shown),
  };
}

template <class Entry>
keys<Entry> source_keys(value_type<std::chrono::seconds> heartbeat,
                        const char* shown, const about_readings& about = {}) {
  return join<Entry>({
    {key<Entry>{"type", &Entry::type,
                names_of({source_type::gauge, source_type::counter,
                          source_type::derive, source_type::absolute,
                          source_type::dcounter, source_type::dderive}),
                about.type}
       .shown("\"GAUGE\"")},
    sample_keys<Entry>(std::move(heartbeat), shown, about),
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
      {"map", &field_entry::map, words_and_numbers(), ""},
      step_key<field_entry>(),
      archives_key<field_entry>("", ""),
    },
    source_keys<field_entry>(duration_or_auto(10 * year), "\"auto\""),
    {{"heartbeat_max", &field_entry::heartbeat_max, seconds(1s, 10 * year),
      ""}},
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
    source_keys<source_entry>(seconds(1s, 10 * year), "\"20s\""),
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

rule_entry::rule_entry() {
  step.value = 10s;
  lateness.value = 0s;
  fill.value = gap_fill::hold;
  heartbeat.value = 0s;
  heartbeat_max.value = 24h;
  xff.value = 0.5;
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
    = "What stands in a gap of a GAUGE, up to the heartbeat: \"hold\" (the "
      "value before, as sensors that send on change mean it), \"heartbeat\" "
      "(the next value), \"none\" (unknown).";
  about.heartbeat
    = "A longer gap is unknown. \"auto\": two and a half times the interval "
      "that the readings of the series keep to, at least two steps, at most "
      "heartbeat_max; an hour until the interval is known. Or a duration, "
      "never "
      "below the step.";
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
         "{1..}, level 1 to the end; {field:id}, the value of another field of "
         "the same message or record."},
        {"shared", &rule_entry::shared, boolean(),
         "true: several topics may feed one series."},
        {"time", &rule_entry::time, text(),
         "The time of a reading: \"auto\" (the payload's usual fields, else "
         "the arrival), \"arrival\", or the path of the field that holds it."},
        {"timezone", &rule_entry::timezone, text(zone_mistake),
         "For times without a zone, e.g. \"Europe/Paris\"; \"\": such times "
         "are not used."},
        {"out_of_bounds", &rule_entry::out_of_bounds,
         words<out_of_bounds>({{"refuse", out_of_bounds::refuse},
                               {"arrival", out_of_bounds::arrival}}),
         "A reading whose time is beyond limits.future or limits.past, or "
         "cannot be read: \"refuse\" it, or take the \"arrival\" for its time "
         "(devices without a clock)."},
        {"decimal", &rule_entry::decimal, words<char>({{".", '.'}, {",", ','}}),
         "What numbers in texts have in front of their decimals: \".\" or "
         "\",\"."},
        step_key<rule_entry>("The distance of two rows."),
        lateness_key<rule_entry>(
          "How long a row stays open for readings that come late."),
      },
      source_keys<rule_entry>(duration_or_auto(10 * year), "\"auto\"", about),
      {{"heartbeat_max", &rule_entry::heartbeat_max, seconds(1s, 10 * year),
        ""}},
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
         "Words and the numbers they stand for; \"U\": unknown from now on. "
         "Adds to these, in any case: on open opened online true yes up (1), "
         "off close closed offline false no down (0), unavailable unknown none "
         "null nan (unknown)."},
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
      sample_keys<rrd_entry>(seconds(1s, 10 * year), "\"10m\"", {}),
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
