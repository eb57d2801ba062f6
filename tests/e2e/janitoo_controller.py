#!/usr/bin/env python3
"""A scripted Janitoo controller drives rrdflow through a real broker: every
request on both topics, compared field by field with the protocol's description;
heartbeats, OFFLINE at the end and the will after kill -9; then everything that
is no request, which must change nothing."""

import argparse
import time
from itertools import product

import rrdtool
from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, wait_for
from janitoo_expected import (BUS, FILES, NODES, STEP, WEB, compare_lists,
                              expected_nodes, expected_values, same_value,
                              sections)
from janitoo_life import (check_beats, check_broker_restart, check_end,
                          restarts)
from janitoo_malformed import check_malformed
from janitoo_network import (ASKER, DISCOVERIES, FLAGS_GET, FLAGS_SET,
                             Controller, same, system_values)
from service import Rrdflow

PAGES = "0018/0001"
# Asked on a node's topic, and on everybody's.
BOTH = (False, True)


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
        for (uuid, x, genre), everybody in product(settings, BOTH):
            answer = controller.get(hadd, uuid, genre, everybody,
                                    odd=["kept"])
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
            for everybody in BOTH:
                answers = controller.ask_node(hadd, everybody, {
                    "cmd_class": x["cmd_class"], "genre": 1, "uuid": uuid,
                    "data": None, **FLAGS_GET})
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


def check_own_values(controller):
    """Each node has its own: none changes another's."""
    pairs = [("heartbeat", 4), ("config_timeout", 4), ("name", 3),
             ("location", 3)]

    def all_values():
        return {(hadd, uuid): controller.get(hadd, uuid, genre)["data"]
                for hadd in (BUS, WEB, PAGES) for uuid, genre in pairs}
    wanted = all_values()
    for i, hadd in enumerate((WEB, PAGES)):
        for uuid, genre in pairs:
            data = f"{uuid} {i}" if genre == 3 else 3 + i
            if uuid == "config_timeout":
                data = 20 + i
            answer = controller.set(hadd, uuid, data, genre)
            check(answer["data"] == data, f"{hadd} {uuid}: {answer}")
            wanted[hadd, uuid] = data
            check(all_values() == wanted, f"{hadd} {uuid} = {data}: "
                                          f"{all_values()}, not {wanted}")


def check_sets(service, controller):
    """Sets are answered as the original answers, and hold at once."""
    def answer(hadd, uuid, genre, data, echoed, label, help_text):
        return {"cmd_class": 112, "genre": genre, "uuid": uuid, "hadd": hadd,
                "data": echoed, **FLAGS_GET, "reply_hadd": ASKER,
                "label": label, "help": help_text}
    for data, echoed, everybody in ((1900, 1900, False), (1800, 1800, True),
                                    ("1750", 1750, True),
                                    ("1700", 1700, False)):
        same("set", controller.set(BUS, "cache_rrd_ttl", data,
                                   everybody=everybody),
             answer(BUS, "cache_rrd_ttl", 3, data, echoed, "Rrd ttl",
                    "The cache_rrd_ttl"))
        check(controller.get(BUS, "cache_rrd_ttl")["data"] == echoed,
              "it is not what was set")
    # Of a system value the answer has what was sent.
    for data, everybody in ((6, True), (5, False)):
        same("set", controller.set("0014/0008", "heartbeat", data, 4,
                                   everybody),
             answer("0014/0008", "heartbeat", 4, data, data, "heartbeat",
                    "The heartbeat delay in seconds"))
        check(controller.get("0014/0008", "heartbeat", 4)["data"] == data,
              "not set")
    title = "K\u00fcche \"7\""
    check(controller.set("0014/0009", "name", title)["data"] == title, "name")
    check(controller.set(BUS, "count_values_poll", 4)["data"] == 4, "poll")
    nodes = controller.discover("nodes", f"/nodes/{BUS}/request",
                                "/nodes/0111/0000/reply")[0]
    check(nodes["datarrd__load"]["heartbeat"] == 5 and
          nodes["datarrd__memory"]["name"] == title, f"{nodes}")
    check_own_values(controller)
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
    print(f"17 values set, {bad} refused")


def check_kept(controller):
    """What was set outlives the process."""
    check(controller.get(BUS, "cache_rrd_ttl")["data"] == 1700, "not kept")
    check(controller.get("0014/0008", "heartbeat", 4)["data"] == 5,
          "not kept")


def check_flush(service, controller):
    """The rows are in the file when the answer comes."""
    for round_, everybody in enumerate((False, True, False)):
        time.sleep(STEP - time.time() % STEP + 0.1)
        sent = int(time.time())
        number = 10.5 + round_
        for name, (_, sources) in FILES.items():
            for x in sources[:1] if name != "quiet" else []:
                hadd, uuid, index, *_ = x.split("|")
                controller.say(f"/values/user/{hadd}/{uuid}",
                               {"genre": 2, "hadd": hadd, "uuid": uuid,
                                "index": int(index), "data": number})
        wait_for("two rows wait", lambda: total(
            service.metrics(), "rows_waiting") == 2)
        time.sleep(STEP - time.time() % STEP + 0.2)
        count = controller.ask_node(BUS, everybody, {
            "cmd_class": 49, "genre": 1, "uuid": "count_series"})[0]
        check(count["data"] == 2, f"count_series {count['data']}")
        reply, published = controller.flush(everybody=everybody)
        for name in ("load", "memory"):
            rows, _ = rrdtool.fetch(service.rrd(name), sent - 4 * STEP,
                                    sent + 4 * STEP, STEP)
            check(any(rrdtool.same(row[0], number) for row in rows.values()),
                  f"{name}: {number} is not in the file: {rows}")
        same("flush", reply, published)
        same_value("flush", reply, {
            **expected_values(service)[BUS]["actions"][0],
            **FLAGS_GET, "data": "flush", "reply_hadd": ASKER})
    # Without a flag, on broadcast, of another genre, without a reply address.
    mark = controller.say("/broadcast/request", {
        "cmd_class": 4176, "genre": 5, "uuid": "actions", "hadd": BUS,
        "data": "flush"})
    controller.ear.next(f"/values/command/{BUS}/actions", mark)
    check(not [x for x in controller.ear.since(mark) if "None" in x[1]],
          "a reply without an address")
    print("flush: in the file when it is answered")


def check_web_actions(service, controller):
    """reload reads the configuration anew."""
    lines = service.log.read_text().count("are in force")
    actions = list(product(("start", "stop", "reload"), BOTH))
    for action_, everybody in actions:
        reply = controller.ask_node(WEB, everybody, {
            "cmd_class": 4144, "genre": 1, "uuid": "http_actions",
            "data": action_})[0]
        same_value(action_, reply, {
            **expected_values(service)[WEB]["http_actions"][0],
            **FLAGS_GET, "data": action_, "reply_hadd": ASKER})
    wait_for("the rules are read anew", lambda: service.log.read_text().count(
        "are in force") == lines + len(BOTH))
    check(service.http("GET", "/healthz")[0] == 200, "HTTP is closed")


def check_journal(version):
    """Requests, malformed ones too, stay out of the journal."""
    parts = {**sections(version), "rule": [{
        "name": "plant", "topics": ["plant/#"], "step": f"{STEP}s"}]}
    # Their sources take /values/#.
    del parts["rrd"]
    with Scratch("journal") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, parts) as service, \
            Controller(broker.port) as controller:
        service.start()
        for round_ in range(3):
            controller.say("plant/a", "7.5")
            service.wait_taken(round_ + 1)
            check_malformed(service, controller, version, apart=True)
            controller.flush()
        taken = total(service.wait_rest(), "messages_taken_total")
        check(taken == 3, f"{taken} messages taken, not 3")
        service.terminate()


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
        check_counters(service.wait_rest())
        check_end(service, controller)
        check_kept(controller)
        check_broker_restart(service, broker)
        check_counters(service.wait_rest())
        service.terminate()


def main(options):
    for version in options.version or ["5", "3.1.1"]:
        print(f"MQTT {version}:")
        check_journal(version)
        drive(version)
    restarts()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", action="append", help="of MQTT")
    run(main, parser.parse_args())
