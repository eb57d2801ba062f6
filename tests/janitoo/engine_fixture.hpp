#pragma once

#include "tests/janitoo/network_fixture.hpp"

#include <string>

namespace rrdflow::test {

inline constexpr auto to_bus = "/nodes/0014/0000/request";
inline constexpr auto broadcast = "/broadcast/request";

struct engine_fixture : network_fixture {
  static std::string
  discovery(const std::string& what,
            const std::string& more = R"(, "reply_hadd": "0111/0000")") {
    return R"({"cmd_class": 20480, "genre": 4, "uuid": "request_info_)" + what
           + '"' + more + '}';
  }

  /// A request to the controller that is no discovery.
  static std::string
  request(int cmd_class, int genre, const std::string& uuid,
          const std::string& more, const std::string& hadd = "0014/0000") {
    return R"({"cmd_class": )" + std::to_string(cmd_class) + R"(, "genre": )"
           + std::to_string(genre) + R"(, "uuid": ")" + uuid + R"(", "hadd": ")"
           + hadd + "\", " + more + '}';
  }

  bool has(const std::string& text, const std::string& part) {
    auto found = text.find(part) != std::string::npos;
    if (!found)
      CAF_MESSAGE("not in " << text);
    return found;
  }

  const std::string set_flags = R"("is_writeonly": true, "is_readonly": false)";
  const std::string get_flags = R"("is_writeonly": false, "is_readonly": true)";
  const std::string asker = R"("reply_hadd": "9999/9990")";
};

} // namespace rrdflow::test
