#define CAF_SUITE reap_plan

#include "actors/reaper/reap_plan.hpp"
#include "tests/test.hpp"

using namespace std::chrono_literals;
using namespace rrdflow;

CAF_TEST(looks come a 24th of the time after which a file is dead) {
  CAF_CHECK(reap_interval(24s) == 1s);
  CAF_CHECK(reap_interval(1s) == 1s);
  CAF_CHECK(reap_interval(3600s) == 150s);
  CAF_CHECK(reap_interval(86400s) == 600s);
}

CAF_TEST(nothing is requested before all shards answered) {
  file_names names;
  names.add("a");
  names.add("b");
  reap_plan uut;
  CAF_CHECK(!uut.busy());
  uut.begin(1000, 2);
  CAF_CHECK(uut.busy());
  uut.add({1});
  CAF_CHECK(!uut.next(names));
  uut.add({0});
  auto x = uut.next(names);
  CAF_REQUIRE(x);
  CAF_CHECK_EQUAL(x->idle_since, 1000);
  CAF_CHECK_EQUAL(x->files, (std::vector<std::string>{"b", "a"}));
  CAF_MESSAGE("and nothing more before that is done");
  CAF_CHECK(uut.busy());
  CAF_CHECK(!uut.next(names));
  uut.done();
  CAF_CHECK(!uut.busy());
}

CAF_TEST(requests are bounded) {
  file_names names;
  std::vector<file_id> ids;
  for (auto i = 0; i < 25000; ++i)
    ids.push_back(names.add(std::to_string(i)));
  reap_plan uut;
  uut.begin(0, 1);
  uut.add(ids);
  std::vector<std::string> seen;
  auto requests = 0;
  while (auto x = uut.next(names)) {
    CAF_CHECK_LESS_OR_EQUAL(x->files.size(), max_retired_files);
    seen.insert(seen.end(), x->files.begin(), x->files.end());
    ++requests;
    uut.done();
  }
  CAF_CHECK_EQUAL(requests, 3);
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  CAF_CHECK_EQUAL(seen.size(), 25000u);
}

CAF_TEST(no idle files are no request) {
  file_names names;
  reap_plan uut;
  uut.begin(0, 1);
  uut.add({});
  CAF_CHECK(!uut.busy());
  CAF_CHECK(!uut.next(names));
}

CAF_TEST(what is given up is left to the next look) {
  file_names names;
  names.add("a");
  reap_plan uut;
  uut.begin(0, 1);
  uut.add({0});
  CAF_REQUIRE(uut.next(names));
  uut.give_up();
  CAF_CHECK(!uut.busy());
}
