#define CAF_SUITE settings

#include "actors/base/store_lock.hpp"
#include "config/load.hpp"
#include "runtime/settings/settings.hpp"
#include "tests/spawn_state.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

using strings = std::vector<std::string>;

/// SETTINGS with a journal that takes requests below 1 KiB.
struct fixture : test::fixture {
  /// @param padding bytes of the configuration that say nothing
  void start(size_t padding, uint64_t disk_reserve = 0) {
    lock = store_lock::acquire(folder.path());
    journal_options options;
    options.directory = folder.path();
    options.segment_size = 4096;
    options.disk_reserve = disk_reserve;
    auto opened = journal::open(std::move(options));
    auto read = subscription_table::open(folder / "subscriptions");
    if (!opened)
      CAF_FAIL(explain(opened.error()));
    if (!read)
      CAF_FAIL(explain(read.error()));
    log = std::move(*opened);
    table = std::move(*read);
    auto text = "[store]\ndirectory = \"" + folder.path()
                + "\"\n[[rrd]]\nname = \"load\"\n"
                  "sources = [{ topic = \"m\", label = \"m\" }]\n"
                + std::string(padding, '#');
    auto in_force = parse_config(text, "a.toml").value;
    if (!table->wanted(wanted_filters(in_force.rules)))
      CAF_FAIL("no filters");
    uut = test::spawn_state<settings_state>(
      sys, settings_parts{in_force, "a.toml", log, table,
                          std::make_shared<reloadable_settings>(),
                          [this](const config&) { ++changes; }});
  }

  ~fixture() override {
    anon_send_exit(uut, caf::exit_reason::user_shutdown);
    run();
  }

  /// The answer, or why not.
  std::string set(const std::string& node, const std::string& key,
                  const std::string& json) {
    std::string result;
    auto handle = self->request(uut, caf::infinite, atom::set_v,
                                setting_request{node, key, json});
    run();
    handle.receive([&](const std::string& x) { result = x; },
                   [&](const caf::error& x) { result = explain(x); });
    return result;
  }

  test::temporary_folder folder;
  caf::expected<std::shared_ptr<store_lock>> lock{nullptr};
  journal_ptr log;
  std::shared_ptr<subscription_table> table;
  int changes = 0;
  settings_keeper_actor uut;
};

constexpr auto source = "\"0048/0001|x|0|GAUGE|m\"";

} // namespace

CAF_TEST_FIXTURE_SCOPE(settings_tests, fixture)

CAF_TEST(a change of the rules changes the filters) {
  start(0);
  CAF_CHECK_EQUAL(set("load", "source_config", source), source);
  CAF_CHECK_EQUAL(changes, 1);
  CAF_CHECK_EQUAL(table->unwanted(), strings{"m"});
}

CAF_TEST(what the journal does not take leaves everything as it was) {
  start(2000);
  auto end = log->end();
  CAF_CHECK_EQUAL(set("load", "source_config", source),
                  "journal: the request is too large");
  CAF_CHECK_EQUAL(changes, 0);
  CAF_CHECK_EQUAL(log->end(), end);
  CAF_CHECK_EQUAL(table->unwanted(), strings{"/values/#"});
}

CAF_TEST(a journal that is full does not grow by what is set) {
  start(0, uint64_t{1} << 62);
  auto end = log->end();
  CAF_CHECK_EQUAL(set("load", "source_config", source),
                  "source_config of load: not set while the journal takes "
                  "nothing (disk_reserve)");
  CAF_CHECK_EQUAL(log->end(), end);
  CAF_CHECK_EQUAL(changes, 0);
  CAF_CHECK_EQUAL(set("load", "source_poll", "30"), "30");
}

CAF_TEST(a value that is in force is answered and no more) {
  start(0);
  auto begin = log->end();
  CAF_CHECK_EQUAL(set("datarrd", "cache_rrd_ttl", "1800"), "1800");
  auto end = log->end();
  CAF_CHECK_GREATER(end, begin);
  for (auto same : {"1800", "\"1800\"", "1800.0"})
    CAF_CHECK_EQUAL(set("datarrd", "cache_rrd_ttl", same), "1800");
  CAF_CHECK_EQUAL(log->end(), end);
  CAF_CHECK_EQUAL(changes, 1);
  CAF_CHECK_EQUAL(set("datarrd", "cache_rrd_ttl", "1801"), "1801");
  CAF_CHECK_GREATER(log->end(), end);
  CAF_CHECK_EQUAL(changes, 2);
}

CAF_TEST_FIXTURE_SCOPE_END()
