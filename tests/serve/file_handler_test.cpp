#define CAF_SUITE file_handler

#include "actors/serve/api/file_handler.hpp"
#include "actors/serve/api/file_response.hpp"
#include "tests/serve/server_fixture.hpp"

#include <deque>
#include <memory>

using namespace rrdflow;
using test::now;
using test::plain_get;
using test::raw_client;

namespace {

struct fixture : test::server_fixture {
  fixture() {
    state->index = "a/b=20c|load";
    state->series.front().file = "a/b=20c.rrd";
    state->files[1] = "RRD one";
    state->last_update = now - 60;
  }

  /// HTTP_SERVER asks for a flush and is not answered until `release`.
  void hold_flushes() {
    std::lock_guard guard{state->mutex};
    state->hold = true;
  }

  void release() {
    {
      std::lock_guard guard{state->mutex};
      state->hold = false;
    }
    caf::anon_send(flow.keeper, atom::tick_v);
  }

  template <class T>
  void wait_for(const T& condition) {
    CAF_REQUIRE(test::comes_true([&] {
      std::lock_guard guard{state->mutex};
      return condition();
    }));
  }

  std::string error(const std::string& target) {
    auto x = get(target);
    return std::to_string(x.status) + ' ' + x.body;
  }
};

const std::string one = "/rrd/rrds/a/b=20c.rrd";

} // namespace

CAF_TEST_FIXTURE_SCOPE(file_handler_tests, fixture)

CAF_TEST(a file is flushed and then copied) {
  auto x = get(one);
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(x.body, "RRD one");
  CAF_CHECK_EQUAL(x.fields["content-type"], "application/octet-stream");
  CAF_CHECK_EQUAL(x.fields["content-length"], "7");
  CAF_CHECK_EQUAL(x.fields["etag"], "\"tag-of-RRD one\"");
  CAF_CHECK_EQUAL(x.fields["cache-control"], "no-cache");
  CAF_CHECK_EQUAL(x.fields["last-modified"], "Tue, 14 Nov 2023 22:12:20 GMT");
  std::lock_guard guard{state->mutex};
  CAF_CHECK_EQUAL(state->flush.series, "a/b c");
  CAF_CHECK_EQUAL(state->flushes, 1u);
}

CAF_TEST(a file is never newer than now) {
  state->last_update = now + 3600;
  auto x = get(one);
  CAF_CHECK_EQUAL(x.fields["last-modified"], "Tue, 14 Nov 2023 22:13:20 GMT");
}

CAF_TEST(parts and headers are served) {
  raw_client client{address};
  client.send("HEAD " + one + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  auto head = client.receive(true);
  CAF_CHECK_EQUAL(head.status, 200u);
  CAF_CHECK_EQUAL(head.fields["content-length"], "7");
  client.send("GET " + one
              + " HTTP/1.1\r\nHost: localhost\r\n"
                "Range: bytes=4-\r\nIf-Range: "
              + head.fields["etag"] + "\r\n\r\n");
  auto part = client.receive();
  CAF_CHECK_EQUAL(part.status, 206u);
  CAF_CHECK_EQUAL(part.body, "one");
  CAF_CHECK_EQUAL(part.fields["content-range"], "bytes 4-6/7");
  client.send("GET " + one + " HTTP/1.1\r\nHost: localhost\r\n"
              + "Range: bytes=7-\r\n\r\n");
  CAF_CHECK_EQUAL(client.receive().status, 416u);
  client.send("GET " + one + " HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: "
              + head.fields["etag"] + "\r\n\r\n");
  auto same = client.receive();
  CAF_CHECK_EQUAL(same.status, 304u);
  CAF_CHECK_EQUAL(same.fields["etag"], head.fields["etag"]);
}

CAF_TEST(only paths that the catalog knows are served) {
  for (auto x : {"/rrd/rrds/a/b%20c.rrd", "/rrd/rrds/nope.rrd",
                 "/rrd/rrds/../x.rrd", "/rrd/rrds/..%2f..%2fx.rrd",
                 "/rrd/rrds//a/b=20c.rrd", "/rrd/rrds/./a/b=20c.rrd"})
    CAF_CHECK_EQUAL(error(x), "404 {\"error\":\"there is no such file\"}\n");
  CAF_CHECK_EQUAL(get("/rrd/rrds/a/b=20c.rrd%00.rrd").status, 400u);
  for (auto x : {"/rrd/rrds/", "/rrd/rrds", "/rrd/rrds/.rrd",
                 "/rrd/rrds/a/b=20c", "/rrd/rrds/a/b=20c.rrd/", "/rrd/x.rrd",
                 "/rrds/a/b=20c.rrd", "/rrd/../rrd/rrds/index.txt"})
    CAF_CHECK_EQUAL(std::make_pair(x, get(x).status), std::make_pair(x, 404u));
  CAF_CHECK_EQUAL(post(one).status, 405u);
  std::lock_guard guard{state->mutex};
  CAF_CHECK_EQUAL(state->flushes, 0u);
  CAF_CHECK_EQUAL(state->copies, 0u);
}

CAF_TEST(what cannot be served is an error) {
  CAF_CHECK_EQUAL(error("/rrd/rrds/a/d.rrd"),
                  "404 {\"error\":\"there is no such file yet\"}\n");
  state->outcome.failures = {"a/b: the disk is full"};
  CAF_CHECK_EQUAL(error(one), "503 {\"error\":\"a/b: the disk is full\"}\n");
  state->outcome.failures.clear();
  CAF_CHECK_EQUAL(get(one).status, 200u);
  end(flow);
  CAF_CHECK_EQUAL(get(one).status, 503u);
}

CAF_TEST(requests that come at the same time share flushes) {
  hold_flushes();
  std::deque<raw_client> clients;
  auto add = [&] {
    clients.emplace_back(address);
    clients.back().send(plain_get(one));
  };
  add();
  wait_for([&] { return state->flushes == 1; });
  for (auto i = 0; i < 50; ++i)
    add();
  // All have arrived when a later request of another kind is answered.
  CAF_CHECK_EQUAL(get("/rrd/rrds/index.txt").status, 200u);
  release();
  for (auto& x : clients)
    CAF_CHECK_EQUAL(x.receive().body, "RRD one");
  // No flush began before the request that it is for.
  CAF_CHECK_EQUAL(state->flushes, 2u);
  CAF_CHECK_EQUAL(state->copies, 2u);
}

CAF_TEST(only so many files are served at a time) {
  hold_flushes();
  std::deque<raw_client> clients;
  for (file_id id = 100; id < 100 + file_handler::max_rounds; ++id) {
    auto name = "f" + std::to_string(id);
    std::lock_guard guard{state->mutex};
    state->series.push_back(test::make_series(name, id, 0));
    state->files[id] = name;
    clients.emplace_back(address);
    clients.back().send(plain_get("/rrd/rrds/" + name + ".rrd"));
  }
  wait_for([&] { return state->flushes == file_handler::max_rounds; });
  auto x = get(one);
  CAF_CHECK_EQUAL(x.status, 503u);
  CAF_CHECK_EQUAL(x.fields["retry-after"], "1");
  release();
  for (size_t i = 0; i < clients.size(); ++i)
    CAF_CHECK_EQUAL(clients[i].receive().body, "f" + std::to_string(100 + i));
  CAF_CHECK_EQUAL(get(one).status, 200u);
}

CAF_TEST(slow clients hold only so many bytes) {
  state->files[1] = std::string(file_handler::max_held / 2 + 1, 'x');
  std::vector<std::unique_ptr<test::raw_client>> slow;
  for (auto i = 0; i < 2; ++i) {
    slow.push_back(std::make_unique<raw_client>(address));
    slow.back()->send(plain_get(one));
    wait_for([&] { return state->copies == static_cast<size_t>(i) + 1; });
  }
  // Both are on their way when this is answered.
  auto x = get(one);
  CAF_CHECK_EQUAL(x.status, 503u);
  CAF_CHECK_EQUAL(x.fields["retry-after"], "1");
  CAF_CHECK_EQUAL(slow[0]->receive().body.size(), state->files[1].size());
  slow.clear();
  state->files[1] = "small";
  CAF_CHECK(test::comes_true([&] { return get(one).body == "small"; }));
}

CAF_TEST(the index is what the catalog says) {
  auto x = get("/rrd/rrds/index.txt");
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(x.body, "a/b=20c|load");
  CAF_CHECK_EQUAL(x.fields["content-type"], "text/plain; charset=utf-8");
  CAF_CHECK_EQUAL(x.fields["cache-control"], "no-cache");
  state->index.clear();
  auto empty = get("/rrd/rrds/index.txt");
  CAF_CHECK_EQUAL(empty.fields["content-length"], "0");
  end(flow);
  CAF_CHECK_EQUAL(get("/rrd/rrds/index.txt").status, 503u);
}

CAF_TEST(the page links to the files) {
  auto moved = get("/rrd");
  CAF_CHECK_EQUAL(moved.status, 301u);
  CAF_CHECK_EQUAL(moved.fields["location"], "/rrd/");
  auto x = get("/rrd/");
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(x.fields["content-type"], "text/html; charset=utf-8");
  CAF_CHECK(x.fields["content-security-policy"].find("default-src 'self'")
            == 0);
  CAF_CHECK(x.body.find("<a href=\"rrds/a/b=20c.rrd\">a/b=20c</a></li>\n"
                        "<li><a href=\"rrds/load.rrd\">load</a></li>\n</ul>")
            != std::string::npos);
  CAF_CHECK(x.body.find("2 files") != std::string::npos);
  CAF_CHECK(x.body.find("page=") == std::string::npos);
  state->index.clear();
  CAF_CHECK(get("/rrd/").body.find("0 files") != std::string::npos);
}

CAF_TEST(the page is cut into parts) {
  std::string index;
  for (size_t i = 0; i <= 2 * names_per_page; ++i)
    index += (i == 0 ? "n" : "|n") + std::to_string(i);
  auto page = [&](const std::string& number) {
    http_request x;
    if (!number.empty())
      x.parameters.emplace_back("page", number);
    return show_index_page(x, index);
  };
  auto has = [](const http_response& x, const std::string& text) {
    return x.body.find(text) != std::string::npos;
  };
  CAF_CHECK(has(page(""), ">n0<") && has(page(""), ">n999<"));
  CAF_CHECK(!has(page("1"), ">n1000<") && has(page("1"), "?page=2"));
  CAF_CHECK(!has(page("2"), ">n999<") && has(page("2"), ">n1000<"));
  CAF_CHECK(has(page("2"), "?page=1") && has(page("2"), "?page=3"));
  CAF_CHECK(has(page("3"), ">n2000</a></li>\n</ul>"));
  CAF_CHECK(!has(page("3"), "?page=4"));
  for (auto x : {"0", "4", "-1", "x", "1x", "99999999999999999999"})
    CAF_CHECK_EQUAL(std::make_pair(x, page(x).status), std::make_pair(x, 404u));
}

CAF_TEST_FIXTURE_SCOPE_END()
