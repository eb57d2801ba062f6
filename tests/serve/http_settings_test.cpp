#define CAF_SUITE http_settings

#include "actors/serve/http/http_settings.hpp"
#include "actors/serve/http/listen_socket.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

using namespace rrdflow;

namespace {

std::string token_file(const test::temporary_folder& folder,
                       const std::string& text, mode_t mode) {
  auto path = folder / "token";
  std::ofstream{path} << text;
  chmod(path.c_str(), mode);
  return path;
}

http_config listening(std::string where, std::string token = "") {
  http_config x;
  x.listen = {std::move(where)};
  x.token_file = std::move(token);
  return x;
}

ec code(const http_config& x) {
  auto result = make_http_settings(x, "1");
  return result ? ec::none : static_cast<ec>(result.error().code());
}

} // namespace

CAF_TEST(off loopback a token is required) {
  for (auto x :
       {"127.0.0.1:1", "127.1.2.3:1", "localhost:1", "[::1]:1", "unix:/run/x"})
    CAF_CHECK_EQUAL(std::make_pair(x, code(listening(x))),
                    std::make_pair(x, ec::none));
  for (auto x : {"0.0.0.0:1", ":1", "*:1", "[::]:1", "192.0.2.1:1",
                 "127.evil.example:1", "somewhere:1"})
    CAF_CHECK_EQUAL(std::make_pair(x, code(listening(x))),
                    std::make_pair(x, ec::bad_config));
  test::temporary_folder folder;
  auto file = token_file(folder, "secret\n", 0600);
  auto settings = make_http_settings(listening("192.0.2.1:80", file), "1");
  CAF_REQUIRE(settings);
  CAF_CHECK_EQUAL(settings->token, "secret");
  CAF_MESSAGE("its own address is a name of the service");
  CAF_CHECK_EQUAL(settings->hosts, std::vector<std::string>{"192.0.2.1"});
}

CAF_TEST(a token that others may read is refused) {
  test::temporary_folder folder;
  auto with = [&](const std::string& text, mode_t mode) {
    return code(listening("127.0.0.1:1", token_file(folder, text, mode)));
  };
  CAF_CHECK_EQUAL(with("secret", 0640), ec::none);
  CAF_CHECK_EQUAL(with("secret", 0644), ec::bad_config);
  CAF_CHECK_EQUAL(with("secret", 0602), ec::bad_config);
  CAF_CHECK_EQUAL(with("", 0600), ec::bad_config);
  CAF_CHECK_EQUAL(with("\n", 0600), ec::bad_config);
  CAF_CHECK_EQUAL(with("two words", 0600), ec::bad_config);
  CAF_CHECK_EQUAL(with(std::string(5000, 'x'), 0600), ec::bad_config);
  CAF_CHECK_EQUAL(code(listening("127.0.0.1:1", folder / "none")),
                  ec::bad_config);
  CAF_CHECK_EQUAL(code(listening("127.0.0.1:1", folder.path())),
                  ec::bad_config);
}

CAF_TEST(an address in use is named) {
  auto first = listen_on("127.0.0.1:0");
  CAF_REQUIRE(first);
  auto name = first->front().name();
  auto second = listen_on(name);
  CAF_REQUIRE(!second);
  CAF_CHECK(second.error() == ec::io_failed);
  CAF_CHECK_EQUAL(explain(second.error()), name + ": Address already in use");
}

CAF_TEST(a stale socket is replaced and a living one is not ) {
  test::temporary_folder folder;
  listen_address address{"unix:" + (folder / "s")};
  struct stat info {};
  {
    auto first = listen_on(address);
    CAF_REQUIRE(first);
    CAF_REQUIRE_EQUAL(stat(address.path.c_str(), &info), 0);
    CAF_CHECK_EQUAL(info.st_mode & 07777, 0660u);
    auto second = listen_on(address);
    CAF_REQUIRE(!second);
    CAF_CHECK_EQUAL(explain(second.error()),
                    "unix:" + address.path + ": Address already in use");
    CAF_MESSAGE("a process that was killed leaves the file");
    CAF_REQUIRE_EQUAL(link(address.path.c_str(), (folder / "left").c_str()), 0);
  }
  CAF_CHECK_NOT_EQUAL(stat(address.path.c_str(), &info), 0);
  CAF_REQUIRE_EQUAL(stat((folder / "left").c_str(), &info), 0);
  CAF_CHECK(listen_on("unix:" + (folder / "left")));
}

CAF_TEST(a file that is no socket is left alone) {
  test::temporary_folder folder;
  auto path = token_file(folder, "precious", 0600);
  auto result = listen_on("unix:" + path);
  CAF_CHECK(!result);
  CAF_CHECK_EQUAL(
    std::string(std::istreambuf_iterator<char>{std::ifstream{path}.rdbuf()},
                {}),
    "precious");
  CAF_CHECK(!listen_on("unix:/" + std::string(200, 'x')));
}
