#define CAF_SUITE rrdflow_toml

#include "config/load.hpp"
#include "tests/config/issues.hpp"
#include "tests/test.hpp"

#include <fstream>
#include <sstream>

using namespace rrdflow;
using namespace rrdflow::test;

using strings = std::vector<std::string>;

namespace {

/// The annotated configuration with its examples: lines with a "#" in front of
/// something else than a space. Elements of lists are indented by two spaces.
std::string text_with_examples() {
  std::istringstream in{print_config()};
  std::string result, line;
  while (std::getline(in, line)) {
    if (line.size() > 1 && line[0] == '#'
        && (line[1] != ' ' || line.compare(0, 3, "#  ") == 0))
      line.erase(0, 1);
    result += line + '\n';
  }
  return result;
}

} // namespace

CAF_TEST(the file is what the program prints) {
  std::ifstream in{RRDFLOW_TOML};
  std::stringstream text;
  text << in.rdbuf();
  // If not: rrdflow config > config/rrdflow.toml
  CAF_CHECK(text.str() == print_config());
}

CAF_TEST(the file has no mistakes) {
  auto x = load_config(RRDFLOW_TOML);
  CAF_CHECK_EQUAL(lines(x.errors), strings{});
  CAF_CHECK_EQUAL(x.warnings.size(), 1u); // no rules
  x = parse_config(text_with_examples(), "");
  CAF_CHECK_EQUAL(lines(x.errors), strings{});
  CAF_CHECK_EQUAL(lines(x.warnings), strings{});
  CAF_CHECK_EQUAL(x.value.rules.rules.size(), 2u);
  CAF_CHECK_EQUAL(x.value.rules.rrds.size(), 1u);
}

CAF_TEST(the file changes no default) {
  CAF_CHECK_EQUAL(changed_keys(load_config(RRDFLOW_TOML).value,
                               rrdflow::config{}),
                  strings{});
}

CAF_TEST(the first rule shows the defaults) {
  auto shown = parse_config(text_with_examples(), "").value.rules;
  auto shortest
    = parse_config("[[rule]]\nname='plant'\ntopics=['sensors/+/+/+']\n"
                   "[[rrd]]\nname='memory_rss'\n"
                   "sources=[{topic='a',label='hostsensor'}]",
                   "")
        .value.rules;
  auto& x = shown.rules.at(0);
  auto& y = shortest.rules.at(0);
  CAF_CHECK_EQUAL(x.name, y.name);
  CAF_CHECK_EQUAL(x.topics, y.topics);
  CAF_CHECK(x.map == y.map);
  CAF_CHECK(*x.definition == *y.definition);
  auto& file = *shown.rrds.at(0).definition;
  auto& other = *shortest.rrds.at(0).definition;
  CAF_CHECK_EQUAL(file.step, other.step);
  CAF_CHECK_EQUAL(file.lateness, other.lateness);
  CAF_CHECK(file.archives == other.archives);
  CAF_CHECK(file.sources.at(0) == other.sources.at(0));
}

CAF_TEST(what only a restart applies is named) {
  rrdflow::config before;
  auto after = before;
  CAF_CHECK_EQUAL(changed_keys(before, after), strings{});
  after.mqtt.tls.ca_file = "/etc/ssl/ca.pem";
  after.http.listen.emplace_back("[::1]:8081");
  after.journal.sync = sync_policy::always;
  CAF_CHECK_EQUAL(changed_keys(before, after),
                  (strings{"mqtt.tls.ca_file", "journal.sync", "http.listen"}));
}

CAF_TEST(what a reload applies is not named) {
  rrdflow::config before;
  auto after = before;
  after.rules.rules.emplace_back();
  after.text = "[[rule]]";
  after.cache.flush_after = std::chrono::seconds{1};
  after.reaper.after = std::chrono::seconds{1};
  after.janitoo.name = "n";
  CAF_CHECK_EQUAL(changed_keys(before, after), strings{});
}
