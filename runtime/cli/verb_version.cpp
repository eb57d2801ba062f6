#include "runtime/cli/verbs.hpp"

#include <caf/config.hpp>

#include <CLI/CLI.hpp>
#include <MQTTAsync.h>
#include <curl/curl.h>
#include <microhttpd.h>
#include <msgpack/version.hpp>
#include <rrd.h>
#include <simdjson.h>
#include <spdlog/version.h>
#include <toml++/toml.h>
#include <xxhash.h>

#include <cstring>

namespace rrdflow {

namespace {

std::string number(long x) {
  return std::to_string(x);
}

std::string dotted(long major, long minor, long patch) {
  return number(major) + '.' + number(minor) + '.' + number(patch);
}

std::string paho_version() {
  for (auto x = MQTTAsync_getVersionInfo(); x && x->name; ++x)
    if (std::strcmp(x->name, "Version") == 0)
      return x->value;
  return "?";
}

std::string library_versions() {
  // CAF, spdlog, toml++, msgpack and CLI11: what it was built with; the rest:
  // what runs.
  auto xxhash = static_cast<long>(XXH_versionNumber());
  return "CAF "
         + dotted(CAF_VERSION / 10000, CAF_VERSION / 100 % 100,
                  CAF_VERSION % 100)
         + "\npaho.mqtt.c " + paho_version() + "\nlibrrd " + rrd_strversion()
         + "\nmsgpack " + MSGPACK_VERSION + "\ntoml++ "
         + dotted(TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH)
         + "\nsimdjson "
         + dotted(simdjson::SIMDJSON_VERSION_MAJOR,
                  simdjson::SIMDJSON_VERSION_MINOR,
                  simdjson::SIMDJSON_VERSION_REVISION)
         + "\nlibmicrohttpd " + MHD_get_version() + "\nspdlog "
         + dotted(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)
         + "\nlibcurl " + curl_version_info(CURLVERSION_NOW)->version
         + "\nCLI11 " + CLI11_VERSION + "\nxxhash "
         + dotted(xxhash / 10000, xxhash / 100 % 100, xxhash % 100) + '\n';
}

} // namespace

int verb_version(console& terminal) {
  terminal.out << "rrdflow " RRDFLOW_VERSION "\n" << library_versions();
  return EX_OK;
}

} // namespace rrdflow
