#define CAF_SUITE subscription_table

#include "actors/base/checked_record.hpp"
#include "actors/mqtt/subscription_table.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

#include <cstdio>

using namespace rrdflow;

namespace {

using strings = std::vector<std::string>;

struct fixture {
  test::temporary_folder folder;

  std::string file = folder.path() + "/subscriptions";

  std::shared_ptr<subscription_table> open() {
    auto result = subscription_table::open(file);
    if (!result)
      CAF_FAIL(explain(result.error()));
    return *result;
  }

  static std::string show(caf::expected<std::vector<subscription>> xs) {
    if (!xs)
      return explain(xs.error());
    std::string result;
    for (auto& x : *xs)
      result += std::to_string(x.identifier) + '=' + x.filter + ' ';
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(subscription_table_tests, fixture)

CAF_TEST(filters keep their identifiers over restarts) {
  CAF_CHECK_EQUAL(show(open()->wanted({"a/+", "b/#"})), "1=a/+ 2=b/# ");
  CAF_CHECK_EQUAL(show(open()->wanted({"c", "b/#", "a/+"})),
                  "3=c 2=b/# 1=a/+ ");
}

CAF_TEST(an identifier is never given twice) {
  open()->wanted({"a", "b"});
  CAF_CHECK_EQUAL(show(open()->wanted({"a"})), "1=a ");
  CAF_CHECK_EQUAL(open()->unsubscribed("b"), caf::none);
  CAF_CHECK_EQUAL(show(open()->wanted({"a", "c"})), "1=a 3=c ");
  CAF_CHECK_EQUAL(show(open()->wanted({"b"})), "4=b ");
}

CAF_TEST(filters of others have identifiers but are no rules) {
  auto table = open();
  table->want_also({"n/#", "b"});
  CAF_CHECK_EQUAL(show(table->wanted({"a", "b"})), "1=a 2=b ");
  CAF_CHECK_EQUAL(show(table->also_wanted()), "2=b 3=n/# ");
  CAF_CHECK_EQUAL(show(table->wanted({"a"})), "1=a ");
  CAF_CHECK(table->unwanted().empty());
  CAF_MESSAGE("they are unsubscribed once nobody wants them");
  table = open();
  CAF_CHECK_EQUAL(show(table->wanted({"a"})), "1=a ");
  CAF_CHECK_EQUAL(table->unwanted().size(), 2u);
}

CAF_TEST(filters are to be unsubscribed until the broker confirms) {
  open()->wanted({"a", "b", "c"});
  open()->wanted({"b"});
  CAF_CHECK_EQUAL(open()->unwanted(), (strings{"a", "c"}));
  CAF_CHECK_EQUAL(open()->unsubscribed("a"), caf::none);
  CAF_CHECK_EQUAL(open()->unwanted(), (strings{"c"}));
  CAF_MESSAGE("one that is wanted again before that is newer than the others");
  CAF_CHECK_EQUAL(show(open()->wanted({"b", "c"})), "2=b 4=c ");
  CAF_CHECK_EQUAL(open()->unwanted(), strings{});
  CAF_MESSAGE("a late confirmation does not take a wanted filter away");
  CAF_CHECK_EQUAL(open()->unsubscribed("c"), caf::none);
  CAF_CHECK_EQUAL(show(open()->wanted({"c"})), "4=c ");
}

CAF_TEST(the identifiers of a new table start anywhere) {
  using range = std::pair<uint32_t, uint32_t>;
  auto open_above
    = [this](uint32_t x) { return *subscription_table::open(file, x); };
  CAF_CHECK_EQUAL(show(open_above(70000)->wanted({"a", "b"})),
                  "70001=a 70002=b ");
  CAF_MESSAGE("and go on from there");
  CAF_CHECK_EQUAL(show(open_above(5)->wanted({"c"})), "70003=c ");
  CAF_CHECK(open_above(5)->given() == range(70001, 70003));
  CAF_CHECK_EQUAL(show(open_above(5)->held()), "70001=a 70002=b ");
}

CAF_TEST(a table without a start is read) {
  std::string text{"rrdflow subscriptions 1\nhighest 2\nwanted 2 b\n"};
  char seal[64];
  std::snprintf(seal, sizeof(seal), "checksum %016llx\n",
                static_cast<unsigned long long>(checksum(text)));
  test::write_file(file, text + seal);
  CAF_CHECK_EQUAL(show(open()->wanted({"b", "c"})), "2=b 3=c ");
  CAF_CHECK_EQUAL(open()->given().first, 1u);
}

CAF_TEST(filters of any bytes survive) {
  strings filters{" lead",      "trail ",   "a\nb",       "a\\nb",
                  "wanted 1 x", "\xc3\xa9", "checksum 0", "+/+/#"};
  auto before = show(open()->wanted(filters));
  CAF_CHECK_EQUAL(show(open()->wanted(filters)), before);
}

CAF_TEST(a damaged file is refused at every byte) {
  open()->wanted({"sensors/+/+", "b"});
  open()->wanted({"b"});
  auto good = test::read_file(file);
  for (size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    test::write_file(file, bad);
    CAF_CHECK(!subscription_table::open(file));
    test::write_file(file, good.substr(0, i));
    CAF_CHECK(!subscription_table::open(file));
  }
  test::write_file(file, good);
  CAF_CHECK_EQUAL(show(open()->wanted({"b", "new"})), "2=b 3=new ");
}

CAF_TEST(an error leaves the table as it is) {
  auto uut = open();
  CAF_CHECK_EQUAL(show(uut->wanted({"a"})), "1=a ");
  std::filesystem::create_directory(file + ".tmp");
  CAF_CHECK(!uut->wanted({"b"}));
  std::filesystem::remove(file + ".tmp");
  CAF_CHECK_EQUAL(uut->unwanted(), strings{});
  CAF_CHECK_EQUAL(show(uut->wanted({"a", "c"})), "1=a 2=c ");
}

CAF_TEST(the rules say which filters are wanted) {
  rules_config rules;
  auto rule = [&rules](strings topics, bool drop) {
    rule_config result;
    result.topics = std::move(topics);
    result.drop = drop;
    rules.rules.push_back(result);
  };
  rule({"a/#", "b"}, false);
  rule({"noise/#"}, true);
  rule({"b", "c"}, false);
  rrd_config rrd;
  rrd.sources.resize(4);
  rrd.sources[0].janitoo.emplace();
  rrd.sources[1].topic = "d/+";
  rrd.sources[2].topic = "a/#";
  rrd.sources[3].janitoo.emplace();
  rules.rrds.push_back(rrd);
  CAF_CHECK_EQUAL(wanted_filters(rules),
                  (strings{"a/#", "b", "c", "/values/#", "d/+"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
