# The libraries, all from Debian 12. Those without a CMake package of their own
# get an imported target here.

find_package(Threads REQUIRED)

find_path(CAF_INCLUDE_DIR caf/all.hpp REQUIRED)
file(STRINGS ${CAF_INCLUDE_DIR}/caf/config.hpp caf_version
     REGEX "#define CAF_VERSION 17[0-9][0-9]")
if(NOT caf_version)
  message(FATAL_ERROR "CAF 0.17 is required (apt-get install libcaf-dev)")
endif()

# import_library(TARGET LIBRARY): makes TARGET stand for a library that the
# linker finds.
function(import_library target library)
  find_library(${library}_LIBRARY ${library} REQUIRED)
  add_library(${target} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION ${${library}_LIBRARY})
endfunction()

import_library(CAF::core caf_core)
# The definition turns a forgotten CAF_ADD_TYPE_ID into a compile error.
set_target_properties(CAF::core PROPERTIES
  INTERFACE_LINK_LIBRARIES Threads::Threads
  INTERFACE_COMPILE_DEFINITIONS CAF_ENABLE_TYPE_ID_CHECKS)
import_library(xxhash xxhash)
import_library(rrd rrd)
import_library(paho-c paho-mqtt3as)
import_library(paho paho-mqttpp3)
set_target_properties(paho PROPERTIES INTERFACE_LINK_LIBRARIES paho-c)
import_library(microhttpd microhttpd)
import_library(systemd systemd)
import_library(date-tz date-tz)
# What Debian built it with.
set_target_properties(date-tz PROPERTIES INTERFACE_COMPILE_DEFINITIONS
  "USE_OS_TZDB=1;ONLY_C_LOCALE=1;HAS_STRING_VIEW=1")

# Headers only.
add_library(msgpack INTERFACE IMPORTED GLOBAL)
find_path(MSGPACK_INCLUDE_DIR msgpack.hpp REQUIRED)
set_target_properties(msgpack PROPERTIES
  INTERFACE_COMPILE_DEFINITIONS MSGPACK_NO_BOOST)

find_package(tomlplusplus REQUIRED)
find_package(simdjson REQUIRED)
find_package(tsl-robin-map REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
