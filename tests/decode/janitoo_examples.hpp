#pragma once

/// What Janitoo nodes send, as it was recorded.
namespace rrdflow::test::janitoo {

// clang-format off

// One value alone.
constexpr auto flat = R"json({"entry_name": "sensor_float", "uuid": "uptime", "node_uuid": "hostsensor__uptime", "voice_uuid": null, "hadd": "0048/0005", "cmd_class": 49, "is_readonly": true, "is_writeonly": false, "default": null, "label": "Uptime", "help": "Uptime in seconds", "units": null, "list_items": null, "max": null, "min": null, "genre": 1, "type": 3, "index": 0, "is_polled": true, "poll_delay": 300, "reply_hadd": null, "data": 86412.53})json";

// A map by index.
constexpr auto load = R"json({"0": {"entry_name": "sensor_float", "uuid": "load", "node_uuid": "hostsensor__load", "voice_uuid": null, "hadd": "0048/0002", "cmd_class": 49, "label": "Load (1 minutes)", "units": null, "genre": 1, "type": 3, "index": 0, "is_polled": true, "poll_delay": 60, "reply_hadd": null, "data": 0.15},
 "1": {"entry_name": "sensor_float", "uuid": "load", "node_uuid": "hostsensor__load", "voice_uuid": null, "hadd": "0048/0002", "cmd_class": 49, "label": "Load (5 minutes)", "units": null, "genre": 1, "type": 3, "index": 1, "is_polled": true, "poll_delay": 60, "reply_hadd": null, "data": 0.22},
 "2": {"entry_name": "sensor_float", "uuid": "load", "node_uuid": "hostsensor__load", "voice_uuid": null, "hadd": "0048/0002", "cmd_class": 49, "label": "Load (15 minutes)", "units": null, "genre": 1, "type": 3, "index": 2, "is_polled": true, "poll_delay": 60, "reply_hadd": null, "data": 0.31}})json";

// Integers and null.
constexpr auto memory = R"json({"0": {"entry_name": "sensor_memory", "uuid": "memory_rss", "node_uuid": "hostsensor__processes", "voice_uuid": null, "hadd": "0048/0004", "cmd_class": 49, "label": "RSS memory (/opt/janitoo/run/jnt_hostsensor.pid)", "units": "Bytes", "genre": 1, "type": 4, "index": 0, "is_polled": true, "poll_delay": 300, "reply_hadd": null, "data": 28471296},
 "1": {"entry_name": "sensor_memory", "uuid": "memory_rss", "node_uuid": "hostsensor__processes", "voice_uuid": null, "hadd": "0048/0004", "cmd_class": 49, "label": "RSS memory (/opt/janitoo/run/jnt_roomba.pid)", "units": "Bytes", "genre": 1, "type": 4, "index": 1, "is_polled": true, "poll_delay": 300, "reply_hadd": null, "data": null}})json";

// A truth value of genre user.
constexpr auto presence = R"json({"entry_name": "sensor_presence", "uuid": "presence", "node_uuid": "events__hall", "voice_uuid": null, "hadd": "0030/0002", "cmd_class": 48, "label": "Presence", "genre": 2, "type": 1, "index": 0, "is_polled": true, "poll_delay": 30, "reply_hadd": null, "data": true})json";

// An Arduino, and its failure.
constexpr auto arduino = R"json({"cmd_class":50,"genre":2,"hadd":"1111/0000","is_readonly":true,"is_writeonly":true,"units":"°C","uuid":"dht_in_temp","index":0,"data":21.50,"label":"in temperature"})json";
constexpr auto arduino_error = R"json({"cmd_class":50,"genre":2,"hadd":"1111/0000","is_readonly":true,"is_writeonly":true,"units":"°C","uuid":"dht_in_temp","index":0,"data":"NULL","error":"Checksum error","label":"in temperature"})json";

// A text.
constexpr auto source = R"json({"0": {"entry_name": "sensor_string", "uuid": "source", "node_uuid": "datarrd__load", "voice_uuid": null, "hadd": "0014/0008", "cmd_class": 49, "label": "Source label (0048/0002|load|0|GAUGE|load1)", "genre": 1, "type": 8, "index": 0, "is_polled": true, "poll_delay": 900, "reply_hadd": null, "data": "load1"}})json";

constexpr auto nan = R"json({"uuid": "uptime", "hadd": "0048/0005", "genre": 1, "type": 3, "index": 0, "data": NaN})json";

// Two levels of names that mean nothing.
constexpr auto two_levels = R"json({"0": {"0": {"uuid": "load", "hadd": "0048/0002", "genre": 1, "index": 1, "data": 0.5}, "x": {"uuid": "other", "hadd": "0048/0003", "genre": 1, "index": 2, "data": 7}}})json";

// Settings are no values.
constexpr auto setting = R"json({"uuid": "heartbeat", "hadd": "0048/0005", "genre": 3, "index": 0, "data": 30})json";

// clang-format on

} // namespace rrdflow::test::janitoo
