#!/usr/bin/env python3
"""A scripted Janitoo controller drives rrdflow through a real broker: every
request on both topics, compared field by field with the protocol's description;
heartbeats, OFFLINE at the end and the will after kill -9; then everything that
is no request, which must change nothing."""

import argparse
import json
import time

import rrdtool
from books import check_books, total
from harness import (Mosquitto, Scratch, check, run, testing_binary,
                     wait_for)
from janitoo_network import (ASKER, DISCOVERIES, FLAGS_GET, FLAGS_SET,
                             Controller, same, system_values, value)
from service import Rrdflow

STEP = 2
BUS, WEB = "0014/0000", "0018/0000"
FILES = {
    "load": ("0014/0008", ["0048/0002|load|0|GAUGE|load1"]),
    "memory": ("0014/0009", ["0048/0004|memory_rss|0|GAUGE|hostsensor",
                             "0048/0004|memory_rss|1|GAUGE|roomba"]),
    "quiet": ("0014/0010", ["0048/0099|never|0|COUNTER|never"]),
}
NODES = [BUS] + [x[0] for x in FILES.values()] + [WEB, "0018/0001"]
PERIODS = {BUS: 3, "0014/0008": 2, "0014/0009": 4, "0014/0010": 2,
           WEB: 3, "0018/0001": 3}


def sections(version):
    def source(x):
        hadd, uuid, index, kind, label = x.split("|")
        return {"janitoo": f"{hadd}|{uuid}|{index}", "type": kind,
                "label": label}
    return {
        "mqtt": {"version": version},
        "janitoo": {"enabled": True, "hadd": BUS, "heartbeat": "3s",
                    "location": "Local", "http_hadd": WEB,
                    "http_heartbeat": "3s", "count_values_poll": "2s"},
        "rrd": [{"name": name, "hadd": hadd, "step": f"{STEP}s",
                 "heartbeat_period": f"{PERIODS[hadd]}s",
                 "source_poll": "3s",
                 "sources": [source(x) for x in sources]}
                for name, (hadd, sources) in FILES.items()],
        "writer": {"creates_per_second": 1000},
    }


def expected_nodes(service):
    """`data` of request_info_nodes for the two buses."""
    usual = {"config_timeout": 3, "location": "Local", "state": "ONLINE"}
    default = {"product_type": "Default product type",
               "product_manufacturer": "Default product manufacturer"}
    store = {"datarrd": {
        **usual, **default, "uuid": "datarrd", "oid": "datarrd",
        "capabilities": [4], "cmd_classes": [4176, 112, 49],
        "name": "RRD Controller", "product_name": "RRD controller",
        "heartbeat": 3, "hadd": BUS}}
    for name, (hadd, _) in FILES.items():
        store[f"datarrd__{name}"] = {
            **usual, "uuid": f"datarrd__{name}", "oid": "datarrd.datasource",
            "capabilities": [], "cmd_classes": [112, 49],
            "name": f"RRD source {name}", "product_name": "RRD Datasource",
            "product_type": "Software", "product_manufacturer": "RRD",
            "heartbeat": PERIODS[hadd], "hadd": hadd,
            "state": "ONLINE" if service.rrd(name).exists() else "OFFLINE"}
    web = {
        "http": {**usual, **default, "uuid": "http", "oid": "http",
                 "capabilities": [4], "cmd_classes": [4144, 112],
                 "name": "HTTP Controller", "product_name": "HTTP controller",
                 "heartbeat": 3, "hadd": WEB},
        "http__rrd": {**usual, **default, "uuid": "http__rrd",
                      "oid": "http.rrd", "capabilities": [],
                      "cmd_classes": [4145, 112], "name": "HTTP rrd resource",
                      "product_name": "HTTP rrd resource",
                      "product_type": "Software", "heartbeat": 3,
                      "hadd": "0018/0001"}}
    return store, web


def integer(uuid, label, default, data):
    return value("datarrd", BUS, uuid, entry_name="config_integer", type=4,
                 default=default, label=label, help=f"The {uuid}", data=data)


def poll(node_uuid, hadd, uuid, default, data):
    return value(node_uuid, hadd, uuid, type=4, units="seconds",
                 default=default, label="poll_delay", poll_delay=data,
                 data=data)


def sensor(node_uuid, hadd, uuid, **more):
    return value(node_uuid, hadd, uuid, **{
        "genre": 1, "cmd_class": 49, "is_readonly": True, **more})


def action(node_uuid, hadd, uuid, cmd_class, items):
    return value(node_uuid, hadd, uuid, entry_name="action_list", type=5,
                 genre=1, cmd_class=cmd_class, is_writeonly=True,
                 label="Actions", list_items=items)


def expected_values(service):
    """By node: every value of genre 1 and 3, indexes included."""
    def texts(node_uuid, hadd, name, location):
        return {"name": [value(node_uuid, hadd, "name", data=name)],
                "location": [value(node_uuid, hadd, "location",
                                   data=location)]}

    def count(uuid, label, help_text, delay):
        return sensor("datarrd", BUS, uuid, entry_name="sensor_integer",
                      type=4, label=label, help=help_text, is_polled=True,
                      poll_delay=delay)
    result = {BUS: {
        **texts("datarrd", BUS, "RRD Controller", "Local"),
        "count_values": [count("count_values", "#Values", "The number of "
                               "values in the store", 2)],
        "count_series": [count("count_series", "#Series", "The number of "
                               "series of values in the store", 300)],
        "count_values_poll": [poll("datarrd", BUS, "count_values_poll", 300,
                                   2)],
        "count_series_poll": [poll("datarrd", BUS, "count_series_poll", 300,
                                   300)],
        "cache_rrd_ttl": [integer("cache_rrd_ttl", "Rrd ttl", 3600, 3600)],
        "cache_pickle_ttl": [integer("cache_pickle_ttl", "Pickle ttl", 60,
                                     60)],
        "cache_dead_ttl": [integer("cache_dead_ttl", "Cache dead ttl", 86400,
                                   86400)],
        "actions": [{**action("datarrd", BUS, "actions", 4176, ["flush"]),
                     "help": "The action on the store"}]}}
    for name, (hadd, sources) in FILES.items():
        uuid = f"datarrd__{name}"
        several = len(sources) > 1

        def label_of(x):
            return "Source label" + (f" ({x})" if several else "")
        result[hadd] = {
            **texts(uuid, hadd, f"RRD source {name}", "Local"),
            "source": [sensor(uuid, hadd, "source", type=8,
                              entry_name="sensor_string", label=label_of(x),
                              help="The source label", is_polled=True,
                              poll_delay=3, index=i, data=x.split("|")[4])
                       for i, x in enumerate(sources)],
            "source_config": [value(uuid, hadd, "source_config", type=22,
                                    label="Rrd Config"
                                    + (f" ({x})" if several else ""),
                                    index=i, data=x)
                              for i, x in enumerate(sources)],
            "source_poll": [poll(uuid, hadd, "source_poll", 900, 3)],
            "rrd_file": [value(uuid, hadd, "rrd_file", type=8,
                               entry_name="config_string", label="Rrd file",
                               help="The rrd_file", default="default_rrd",
                               data=name)],
            "rrd_step": [value(uuid, hadd, "rrd_step", type=4,
                               entry_name="config_integer", label="Rrd test",
                               help="The rrd_step", default=300, data=STEP)],
            "http_file": [sensor(uuid, hadd, "http_file", type=8,
                                 entry_name="sensor_string",
                                 label="Http file",
                                 data=f"rrd/rrds/{name}.rrd")]}
    result[WEB] = {
        **texts("http", WEB, "HTTP Controller", "Local"),
        "http_host": [value("http", WEB, "http_host", type=8,
                            entry_name="config_string", label="Http host",
                            help="The http_host", default="localhost",
                            data="127.0.0.1")],
        "http_port": [value("http", WEB, "http_port", type=4,
                            entry_name="config_integer", label="Http port",
                            help="The http_port", default=8081,
                            data=service.port)],
        "http_actions": [action("http", WEB, "http_actions", 4144,
                                ["start", "stop", "reload"])]}
    at = ("http__rrd", "0018/0001")
    result["0018/0001"] = {
        **texts(*at, "HTTP rrd resource", "Local"),
        "resource": [sensor(*at, "resource", type=8, cmd_class=4145,
                            entry_name="sensor_string", label="Resource",
                            is_polled=True, poll_delay=1800,
                            data=f"127.0.0.1:{service.port}/rrd/")],
        "resource_poll": [poll(*at, "resource_poll", 1800, 1800)]}
    return result


# Texts for people that the description leaves open.
OPEN_TEXTS = {"help"}


def same_value(what, found, wanted):
    open_fields = {k for k in OPEN_TEXTS if wanted[k] is None}
    if wanted.get("label") == wanted["uuid"]:
        open_fields.add("label")
    for k in open_fields:
        check(isinstance(found.get(k), str), f"{what}: {k} {found.get(k)!r}")
    same(what, {k: v for k, v in found.items() if k not in open_fields},
         {k: v for k, v in wanted.items() if k not in open_fields})


def compare_lists(what, data, wanted, indexed):
    """`data` of a discovery with {hadd: {uuid: [values]}}."""
    check(set(data) == set(wanted), f"{what}: nodes {set(data)}")
    for hadd, values in wanted.items():
        check(set(data[hadd]) == set(values),
              f"{what}: {hadd} has {set(data[hadd])}")
        for uuid, xs in values.items():
            found = data[hadd][uuid]
            if not indexed:
                found = {"0": found}
            check(set(found) == {str(i) for i in range(len(xs))},
                  f"{what}: indexes of {uuid}: {set(found)}")
            for i, x in enumerate(xs):
                same_value(f"{what}: {hadd} {uuid} {i}", found[str(i)], x)


def check_discovery(service, controller):
    nodes = expected_nodes(service)
    values = expected_values(service)
    buses = [[BUS] + [x[0] for x in FILES.values()], [WEB, "0018/0001"]]
    for i, bus in enumerate(buses):
        wanted = {"nodes": nodes[i], "users": {}, "commands": {}, "systems": {
            x["hadd"]: {k: [v] for k, v in system_values(x).items()}
            for x in nodes[i].values()}}
        for what, genre in (("basics", 1), ("configs", 3)):
            wanted[what] = {
                h: {k: v for k, v in values[h].items()
                    if v[0]["genre"] == genre} for h in bus}
            wanted[what] = {h: v for h, v in wanted[what].items() if v}
        for what in DISCOVERIES:
            # A request to any node answers for all of its bus.
            answers = [controller.discover(
                what, f"/nodes/{hadd}/request", "/nodes/0111/0000/reply")[0]
                for hadd in (bus[0], bus[-1])]
            both = controller.discover(what, "/broadcast/request",
                                       "/broadcast/reply/0111/0000", 2)
            answers.append(both[i])
            for data in answers:
                if what == "nodes":
                    check(set(data) == set(wanted[what]),
                          f"nodes: {set(data)}")
                    for uuid, x in wanted[what].items():
                        same(f"node {uuid}", data[uuid], x)
                else:
                    compare_lists(what, data, wanted[what], what != "systems")
    print("discovery: 6 requests to nodes and broadcast, two buses")


def check_reads(service, controller):
    values = expected_values(service)
    count = 0
    systems = {x["hadd"]: system_values(x)
               for bus in expected_nodes(service) for x in bus.values()}
    for hadd in NODES:
        settings = [(k, v[0], 3) for k, v in values[hadd].items()
                    if v[0]["genre"] == 3]
        settings += [(k, v, 4) for k, v in systems[hadd].items()]
        for uuid, x, genre in settings:
            answer = controller.get(hadd, uuid, genre, odd=["kept"])
            check(isinstance(answer.get("help"), str), f"{uuid}: no help")
            wanted = {"cmd_class": 112, "genre": genre, "uuid": uuid,
                      "hadd": hadd, "data": x["data"], **FLAGS_GET,
                      "reply_hadd": ASKER, "odd": ["kept"],
                      "label": answer["label"], "help": answer["help"]}
            if x["label"] != uuid and len(values[hadd].get(uuid, [x])) == 1:
                wanted["label"] = x["label"]
            same(f"get {hadd} {uuid}", answer, wanted)
            count += 1
        for uuid, xs in values[hadd].items():
            x = xs[0]
            if x["genre"] != 1 or x["is_writeonly"]:
                continue
            for topic, reply in ((f"/nodes/{hadd}/request",
                                  f"/nodes/{ASKER}/reply"),
                                 ("/broadcast/request",
                                  f"/broadcast/reply/{ASKER}")):
                request = {"cmd_class": x["cmd_class"], "genre": 1,
                           "uuid": uuid, "hadd": hadd, "data": None,
                           **FLAGS_GET, "reply_hadd": ASKER}
                answers = controller.ask(topic, request, reply)
                wanted = {**x, "reply_hadd": ASKER, "help":
                          answers[0]["help"]}
                if len(xs) > 1:
                    wanted["label"] = "Source label"
                if uuid.startswith("count_"):
                    check(isinstance(answers[0]["data"], int), "a count")
                    wanted["data"] = answers[0]["data"]
                same(f"read {hadd} {uuid}", answers[0], wanted)
                count += 1
    print(f"{count} values read")


def check_sets(service, controller):
    """Sets are answered as the original answers, and hold at once."""
    def answer(hadd, uuid, genre, data, echoed, label, help_text):
        return {"cmd_class": 112, "genre": genre, "uuid": uuid, "hadd": hadd,
                "data": echoed, **FLAGS_GET, "reply_hadd": ASKER,
                "label": label, "help": help_text}
    for data, echoed in ((1800, 1800), ("1700", 1700)):
        same("set", controller.set(BUS, "cache_rrd_ttl", data),
             answer(BUS, "cache_rrd_ttl", 3, data, echoed, "Rrd ttl",
                    "The cache_rrd_ttl"))
        check(controller.get(BUS, "cache_rrd_ttl")["data"] == echoed,
              "it is not what was set")
    # Of a system value the answer has what was sent.
    heartbeat = answer("0014/0008", "heartbeat", 4, 5, 5, "heartbeat",
                       "The heartbeat delay in seconds")
    same("set", controller.set("0014/0008", "heartbeat", 5, 4), heartbeat)
    check(controller.get("0014/0008", "heartbeat", 4)["data"] == 5, "not set")
    title = "K\u00fcche \"7\""
    check(controller.set("0014/0009", "name", title)["data"] == title, "name")
    check(controller.set(BUS, "count_values_poll", 4)["data"] == 4, "poll")
    nodes = controller.discover("nodes", f"/nodes/{BUS}/request",
                                "/nodes/0111/0000/reply")[0]
    check(nodes["datarrd__load"]["heartbeat"] == 5 and
          nodes["datarrd__memory"]["name"] == title, f"{nodes}")
    before = total(service.metrics(), "janitoo_refused_total",
                   reason="setting")
    mark = controller.ear.mark()
    bad = 0
    for genre, uuid, wrong in [(3, "cache_rrd_ttl", x) for x in (
            "a", -1, None, [], {}, 1e99, "1; drop")] + [
            (4, "heartbeat", x) for x in (0, -5, "x", None, [1])]:
        controller.say(f"/nodes/{BUS}/request", {
            "cmd_class": 112, "genre": genre, "uuid": uuid, "hadd": BUS,
            "data": wrong, **FLAGS_SET, "reply_hadd": ASKER})
        bad += 1
    wait_for("refused sets are counted", lambda: total(
        service.metrics(), "janitoo_refused_total", reason="setting") ==
        before + bad, 20)
    check(not [x for x in controller.ear.since(mark)
               if x[1].startswith(("/values/config", "/values/system"))],
          "a refused set is answered")
    check(controller.get(BUS, "cache_rrd_ttl")["data"] == 1700, "it was set")
    print(f"6 values set, {bad} refused")


def check_kept(controller):
    """What was set outlives the process."""
    check(controller.get(BUS, "cache_rrd_ttl")["data"] == 1700, "not kept")
    check(controller.get("0014/0008", "heartbeat", 4)["data"] == 5,
          "not kept")


def check_flush(service, controller):
    """The rows are in the file when the answer comes."""
    for round_ in range(3):
        time.sleep(STEP - time.time() % STEP + 0.1)
        sent = int(time.time())
        number = 10.5 + round_
        for name, (_, sources) in FILES.items():
            for x in sources[:1] if name != "quiet" else []:
                hadd, uuid, index, *_ = x.split("|")
                controller.say(f"/values/user/{hadd}/{uuid}",
                               {"genre": 2, "hadd": hadd, "uuid": uuid,
                                "index": int(index), "data": number})
        time.sleep(STEP - time.time() % STEP + 0.2)
        count = controller.ask(
            f"/nodes/{BUS}/request",
            {"cmd_class": 49, "genre": 1, "uuid": "count_series",
             "hadd": BUS, "reply_hadd": ASKER}, f"/nodes/{ASKER}/reply")[0]
        check(count["data"] == 2, f"count_series {count['data']}")
        reply, published = controller.flush()
        for name in ("load", "memory"):
            rows, _ = rrdtool.fetch(service.rrd(name), sent - 4 * STEP,
                                    sent + 4 * STEP, STEP)
            check(any(rrdtool.same(row[0], number) for row in rows.values()),
                  f"{name}: {number} is not in the file: {rows}")
        same("flush", reply, published)
        same_value("flush", reply, {
            **expected_values(service)[BUS]["actions"][0],
            **FLAGS_GET, "data": "flush", "reply_hadd": ASKER})
    # Without a flag, on broadcast, of another genre, for nobody.
    mark = controller.say("/broadcast/request", {
        "cmd_class": 4176, "genre": 5, "uuid": "actions", "hadd": BUS,
        "data": "flush"})
    controller.ear.next(f"/values/command/{BUS}/actions", mark)
    check(not [x for x in controller.ear.since(mark) if "None" in x[1]],
          "a reply to nobody")
    print("flush: in the file when it is answered")


def check_beats(controller, mark, begin):
    """States and periods, from the start on."""
    end = time.monotonic()
    for hadd in NODES:
        beats = controller.beats(hadd, mark)
        first, period = beats[0][0] - begin, PERIODS[hadd]
        if hadd in (BUS, WEB):
            check(first > period - 0.5, f"{hadd}: first beat after {first} s")
        gaps = [b[0] - a[0] for a, b in zip(beats, beats[1:])]
        check(len(beats) >= (end - begin) / period - 2,
              f"{hadd}: {len(beats)} beats in {end - begin:.1f} s")
        check(all(abs(x - period) < 1.2 for x in gaps),
              f"{hadd}: {[round(x, 2) for x in gaps]}, not {period} s")
    states = {h: [x[1] for x in controller.beats(h, mark)] for h in NODES}
    for hadd, xs in states.items():
        wanted = {"0014/0010": {"OFFLINE"}, "0014/0008": {"OFFLINE", "ONLINE"},
                  "0014/0009": {"OFFLINE", "ONLINE"}}.get(hadd, {"ONLINE"})
        check(set(xs) <= wanted and xs[-1] == sorted(wanted)[-1],
              f"{hadd}: {xs}")
    check(states["0014/0008"][0] == "OFFLINE", "online without its file")
    heard = [x for x in controller.ear.since(
        mark, f"/values/basic/{BUS}/count_values")
        if not json.loads(x[2])["reply_hadd"]]
    check(len(heard) >= (end - begin) / 2 - 4, f"{len(heard)} count_values")
    for x in heard:
        same_value("poll", {**json.loads(x[2]), "data": None},
                   sensor("datarrd", BUS, "count_values", type=4,
                          entry_name="sensor_integer", label="#Values",
                          help="The number of values in the store",
                          is_polled=True, poll_delay=2))
    source = json.loads(controller.ear.next(
        "/values/basic/0014/0008/source", mark)[0])
    check(set(source) == {"0"} and source["0"]["data"] == "load1" and
          source["0"]["label"] == f"Source label ({FILES['load'][1][0]})",
          f"poll of source: {source}")
    check(not controller.ear.retained(), f"{controller.ear.retained()}")
    print(f"heartbeats and polls of {end - begin:.0f} s")


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
    # A valid request, but too long: 1 MB of it would not even reach us.
    yield to_bus, {**flush, "odd": "x" * 70000}, "size"


def check_malformed(service, controller, version):
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
        for k, n in counted.items()), 10)
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
    for x in ("rows_written_total", "samples_total", "messages_taken_total"):
        # Heartbeats of ours and values of ours are no business of the journal.
        if x != "messages_taken_total":
            check(total(after, x) == total(before, x), f"{x} has changed")
    check(sizes == {x: x.stat().st_size
                    for x in service.store.rglob("*.rrd")}, "files changed")
    print(f"{sum(counted.values())} messages refused: {counted}")


def check_web_actions(service, controller):
    """reload reads the configuration anew."""
    lines = service.log.read_text().count("are in force")
    for action_ in ("start", "stop", "reload"):
        reply = controller.ask(
            f"/nodes/{WEB}/request",
            {"cmd_class": 4144, "genre": 1, "uuid": "http_actions",
             "hadd": WEB, "data": action_, "reply_hadd": ASKER},
            f"/nodes/{ASKER}/reply")[0]
        same_value(action_, reply, {
            **expected_values(service)[WEB]["http_actions"][0],
            **FLAGS_GET, "data": action_, "reply_hadd": ASKER})
    wait_for("the rules are read anew", lambda: service.log.read_text().count(
        "are in force") == lines + 1, 10)
    check(service.http("GET", "/healthz")[0] == 200, "the doors are closed")


def check_end(service, controller):
    """OFFLINE at SIGTERM, the will at kill -9, ONLINE when we are back."""
    mark = controller.ear.mark()
    service.terminate()
    for hadd in NODES:
        controller.ear.next(f"/dhcp/heartbeat/{hadd}", mark)
        states = [x[1] for x in controller.beats(hadd, mark)]
        check(states[-1] == "OFFLINE" and states.count("OFFLINE") <= 2,
              f"{hadd}: {states} at SIGTERM")
    mark = controller.ear.mark()
    service.start()
    wait_for("ONLINE", lambda: ("ONLINE" in [
        x[1] for x in controller.beats(BUS, mark)]), 20)
    mark = controller.ear.mark()
    service.kill()
    wait_for("the will", lambda: [x[1] for x in controller.beats(BUS, mark)]
             [-1:] == ["OFFLINE"], 10)
    service.start()
    wait_for("ONLINE", lambda: [x[1] for x in controller.beats(BUS, mark)]
             [-1:] == ["ONLINE"], 20)
    print("OFFLINE at SIGTERM and at kill -9")


def check_broker_restart(service, broker):
    broker.stop()
    broker.start()
    with Controller(broker.port) as controller:
        begin = time.monotonic()
        for hadd in NODES:
            wait_for(f"{hadd} beats", lambda: controller.beats(hadd), 20)
        # Those that nobody may have heard come at once.
        late = [controller.beats(h)[0][0] - begin for h in NODES]
        controller.flush()
        print(f"after the broker's restart all beat within {max(late):.1f} s")


def drive(version):
    with Scratch("controller") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections(version)) as service, \
            Controller(broker.port) as controller:
        service.start()
        begin = time.monotonic()
        check_flush(service, controller)
        check_discovery(service, controller)
        check_reads(service, controller)
        check_web_actions(service, controller)
        check_beats(controller, 0, begin)
        check_malformed(service, controller, version)
        check_sets(service, controller)
        check_books(service.wait_rest())
        check_end(service, controller)
        check_kept(controller)
        check_broker_restart(service, broker)
        check_books(service.wait_rest())
        service.terminate()


def restarts():
    """The node outlives the flow and the connection, and an exception."""
    with Scratch("controller") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections("5"),
                    program=testing_binary()) as service, \
            Controller(broker.port) as controller:
        service.start(RRDFLOW_TEST_THROW="decoder:25,mqtt-source:60,"
                                         "janitoo-node:30")
        for actor in ("decoder", "mqtt-source"):
            wait_for(f"{actor} has died", lambda: total(
                service.metrics(), "restarts_total", actor=actor) == 1, 60)
        wait_for("the node's exception", lambda: "janitoo-node" in
                 service.log.read_text(), 60)
        wait_for("a new flow", service.ready, 60)
        mark = controller.ear.mark()
        for hadd in NODES:
            wait_for(f"{hadd} beats",
                     lambda: controller.beats(hadd, mark), 20)
        controller.flush()
        controller.set(BUS, "cache_rrd_ttl", 77)
        service.terminate()
        print("the node outlives the flow and the connection")


def main(options):
    for version in options.version or ["5", "3.1.1"]:
        print(f"MQTT {version}:")
        drive(version)
    restarts()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", action="append", help="of MQTT")
    run(main, parser.parse_args())
