"""Everything that is no request: no answer, counted by reason, and nothing else
happens."""

import json

from counters import total
from harness import check, wait_for
from janitoo_expected import BUS, WEB
from janitoo_network import ASKER, FLAGS_SET


def malformed():
    """(topic, payload, reason) of what is no request."""
    to_bus = f"/nodes/{BUS}/request"
    flush = {"cmd_class": 4176, "genre": 1, "uuid": "actions", "hadd": BUS,
             "data": "flush", **FLAGS_SET, "reply_hadd": ASKER}
    ttl = {"cmd_class": 112, "genre": 3, "uuid": "cache_rrd_ttl", "hadd": BUS,
           "data": 1, **FLAGS_SET, "reply_hadd": ASKER}

    def without(key):
        return {k: v for k, v in flush.items() if k != key}
    for payload in ("", "{", "[]", "null", "7", "ONLINE", b"\xff\xfe",
                    '{"cmd_class": 4176', "{}x", "[" * 60000,
                    '{"a":' * 10000, '{"cmd_class": NaN}'):
        yield to_bus, payload, "json"
    for key in ("cmd_class", "genre", "uuid", "hadd"):
        yield to_bus, without(key), "fields"
    for key in ("cmd_class", "genre", "uuid", "hadd"):
        for wrong in (None, True, [], {}, "x" if key[0] in "cg" else 7):
            yield to_bus, {**flush, key: wrong}, "fields"
    for wrong in (7, True, [], {}, "#", "+/x", "", "x" * 1000, "a\0b"):
        yield to_bus, {**flush, "reply_hadd": wrong}, "fields"
    for flag in ("is_writeonly", "is_readonly"):
        for wrong in (0, 1, 0.5, None, [], {}):
            yield to_bus, {**flush, flag: wrong}, "flags"
            yield to_bus, {**ttl, flag: wrong}, "flags"
    for hadd in ("0014/0077", "0099/0000", "", "14/0", WEB, "#", "x" * 30000):
        yield to_bus, {**flush, "hadd": hadd}, "hadd"
    yield "/broadcast/request", {**flush, "hadd": "0099/0000"}, "hadd"
    for change in ({"cmd_class": 4177}, {"cmd_class": 1}, {"genre": 3},
                   {"genre": 4}, {"genre": 99}, {"genre": -1},
                   {"uuid": "action"}, {"uuid": ""}, {"uuid": "../x"}):
        yield to_bus, {**flush, **change}, "value"
    yield to_bus, {**ttl, "genre": 4}, "value"
    yield to_bus, {**ttl, "uuid": "cache_ttl"}, "value"
    for wrong in ("FLUSH", "stop", "", None, 1, True, ["flush"], {}):
        yield to_bus, {**flush, "data": wrong}, "action"
    yield to_bus, without("data"), "action"
    yield to_bus, {**flush, "cmd_class": 49, "uuid": "count_values"}, "action"
    yield to_bus, {**ttl, "genre": 4, "uuid": "hadd"}, "action"
    for topic in (f"/nodes/{BUS}/reply", f"/nodes/{BUS}", "/nodes/0014/x",
                  "/nodes/0014/0077/request", f"/nodes/{BUS}/request/x"):
        yield topic, flush, "topic"
    for what in ("request_info_secrets", "request_info", ""):
        yield to_bus, {"cmd_class": 20480, "genre": 4, "uuid": what,
                       "reply_hadd": ASKER}, "value"
    yield to_bus, {"cmd_class": 20480, "genre": 3, "reply_hadd": ASKER,
                   "uuid": "request_info_nodes"}, "value"
    yield to_bus, {"cmd_class": 20480, "genre": 4,
                   "uuid": "request_info_nodes"}, "fields"
    # A valid request, but too long.
    yield to_bus, {**flush, "odd": "x" * 70000}, "size"
    yield f"/nodes/{BUS}/" + "x" * 300, flush, "size"


def check_malformed(service, controller, version, apart=False):
    """`apart`: no rule takes what the nodes publish, which else is in the
    journal like the values of others."""
    before = service.metrics()
    sizes = {x: x.stat().st_size for x in service.store.rglob("*.rrd")}
    mark = controller.ear.mark()
    counted = {}
    for topic, payload, reason in malformed():
        controller.say(topic, payload)
        counted[reason] = counted.get(reason, 0) + 1
    controller.say(f"/nodes/{BUS}/request", json.dumps(
        {"cmd_class": 4176, "genre": 1, "uuid": "actions", "hadd": BUS,
         "data": "flush", "odd": "x" * 990000}))
    # MQTT 5 tells the broker what is too large; without it, it comes.
    counted["size"] += version != "5"
    # An answer to this one comes after all that was before it.
    controller.get(BUS, "cache_rrd_ttl")

    def refused(m, reason):
        return total(m, "janitoo_refused_total", reason=reason)
    wait_for("everything is counted", lambda: all(
        refused(service.metrics(), k) == refused(before, k) + n
        for k, n in counted.items()))
    after = service.metrics()
    for reason, n in counted.items():
        check(refused(after, reason) == refused(before, reason) + n,
              f"{reason}: {refused(after, reason)}")
    check(total(after, "janitoo_refused_total") ==
          total(before, "janitoo_refused_total") + sum(counted.values()),
          "refused for other reasons, too")
    answers = [x for x in controller.ear.since(mark)
               if x[1].endswith("/reply") and ASKER in x[1]
               or x[1].startswith(("/values/config", "/values/system",
                                   "/broadcast/reply"))]
    check(len(answers) == 1, f"answers: {[x[1] for x in answers]}")
    answer = controller.get(BUS, "cache_rrd_ttl")
    check(answer["data"] == 3600, "something was set")
    unchanged = ["rows_written_total", "samples_total"]
    if apart:
        unchanged.append("messages_taken_total")
        after = service.wait_rest()
    for x in unchanged:
        check(total(after, x) == total(before, x),
              f"{x}: {total(after, x)} after {total(before, x)}")
    check(sizes == {x: x.stat().st_size
                    for x in service.store.rglob("*.rrd")}, "files changed")
    print(f"{sum(counted.values())} messages refused: {counted}")
