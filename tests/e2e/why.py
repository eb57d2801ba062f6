#!/usr/bin/env python3
"""Nothing vanishes without a word: whatever is not stored is named by its topic
with the reason, the last payload and, in the log, a remedy; a kill changes
nothing about that. What other rules would have decoded is decoded once more."""

import argparse
import json
import os
import signal
import time

from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, wait_for
from publisher import Publisher
from service import Rrdflow

BASE = int(time.time()) // 10 * 10 - 600

# Topic, payload, kind, reason, part of the text.
CASES = (
    ("s/ahead", f'{{"ts":{BASE + 86400},"v":1}}', "refused", "future",
     "out_of_bounds"),
    ("s/behind", f'{{"ts":{BASE - 30 * 86400},"v":1}}', "refused", "past",
     "out_of_bounds"),
    ("named/a", '{"when":"soon","v":1}', "refused", "time", '"when"'),
    ("id/a", '{"v":1}', "refused", "field", "{field:id}"),
    ("few/second", "1", "refused", "limit", "max_series"),
    ("same/2/x", "5", "refused", "collision", "same/1/x"),
    ("s/" + "long" * 60, "1", "refused", "name", "name"),
    ("count/a", "-1", "refused", "range", "COUNTER"),
    ("s/broken", '{"v":', "dead", "json", "JSON"),
    ("s/deep", "[" * 100 + "1" + "]" * 100, "dead", "depth", "deep"),
    ("n/a", "21.5 apples", "dead", "number", "number"),
    ("s/out", "1", "ignored", "no_rule", "no rule"),
    ("s/dropped", "1", "ignored", "dropped", "drop"),
    ("s/empty", "", "ignored", "empty", "no payload"),
    ("s/word", "melted", "ignored", "text", "map"),
    ("s/none", '{"a":"b"}', "ignored", "no_value", "no field"),
)
# Before a case, so that it meets what is there.
BEFORE = (("few/first", "1"), ("same/1/x", "4"))
PASSED = '{"v":1,"mode":"eco","lq":70}'


def rule(name, **more):
    return {"name": name, "topics": [f"{name}/#"], "series": "{topic}/{path}",
            "step": "10s", **more}


def sections(**more):
    return {"rule": [
        {**rule("drop"), "topics": ["s/dropped"], "drop": True},
        rule("s", exclude=["s/out"],
             fields=[{"path": "lq", "drop": True}], **more),
        rule("named", time="when"),
        rule("id", series="id/{field:id}/{path}"),
        rule("few", max_series=1),
        {**rule("same"), "series": "same/{2}"},
        rule("count", type="COUNTER"),
        rule("n", format="number")],
        "cache": {"flush_after": "1d"}}


def named(service, topic, kind, reason):
    found = [x for x in service.get(f"/api/v1/why?topic={topic}")["reasons"]
             if (x["kind"], x["reason"]) == (kind, reason)]
    check(len(found) == 1, f"{topic}: {kind} {reason} is there {len(found)} "
                           f"times")
    return found[0]


def check_cases(service):
    for topic, payload, kind, reason, text in CASES:
        x = named(service, topic, kind, reason)
        check(x["topic"] == topic and x["count"] == 1
              and x["payload"] == payload and text in x["text"],
              f"{topic}: {x}")
    everything = {(x["kind"], x["reason"])
                  for x in service.get("/api/v1/why")["reasons"]}
    wanted = {(kind, reason) for _, _, kind, reason, _ in CASES}
    check(everything == wanted | {("late", "late")},
          f"by reason: {sorted(everything)}")
    passed = {x["path"]: x["payload"] for x in
              service.get("/api/v1/why?topic=s/passed")["reasons"]}
    check(passed == {"mode": "eco", "lq": "70"}, f"passed over: {passed}")


def check_late(service):
    for name in ("s/late", "s/late/v"):
        x = named(service, name, "late", "late")
        check(x["series"] == "s/late/v" and x["count"] == 2
              and x["payload"].startswith("3 at ")
              and "lateness" in x["text"], f"{name}: {x}")


def check_verbs(service):
    text = service.verb("why", "s/broken")
    check("dead, json" in text and '{"v":' in text, f"why: {text}")
    text = service.verb("why", "s/late/v")
    check("late" in text and "s/late/v" in text, f"why of a series: {text}")
    check("refused, collision" in service.verb("why"), "why of all")
    service.verb("why", "no/such/topic", code=66)


def check_log(service):
    text = service.log.read_text()
    for topic, _, kind, reason, remedy in CASES:
        told = reason not in ("dropped", "empty")
        line = any(topic[:150] in x and remedy in x
                   for x in text.splitlines())
        check(line == told, f"{kind} {reason}: the log is wrong about {topic}")


def replay(service):
    service.configure(sections(map={"melted": 7}))
    os.kill(service.process.child.pid, signal.SIGHUP)
    wait_for("new rules", lambda: "in force" in service.log.read_text())
    check(service.verb("replay").strip()
          == "1 of 7 kept messages became samples", "replay")
    got = service.get("/api/v1/series?query=s/word")
    check([x["value"] for x in got] == [7], f"after a replay: {got}")
    rows = service.get(f"/api/v1/data?series=s/word&from={BASE}")
    check("7" in json.dumps(rows), f"the rows after a replay: {rows}")
    check("ignored" not in service.verb("why", "s/word"), "it is kept still")


def main(options):
    with Scratch("why") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections()) as service:
        service.start()
        service.wait_connected()
        with Publisher(broker.port) as publisher:
            def send(topic, payload):
                publisher.publish(topic, payload)
            for topic, payload in BEFORE:
                send(topic, payload)
            for topic, payload, *_ in CASES:
                send(topic, payload)
            send("s/passed", PASSED)
            send("s/late", f'{{"ts":{BASE + 30},"v":1}}')
            publisher.drain()
            service.wait_taken(len(CASES) + 4)
            service.flush()
            for value in (2, 3):
                send("s/late", f'{{"ts":{BASE + 20},"v":{value}}}')
            publisher.drain()
        service.wait_taken(len(CASES) + 6)
        check_cases(service)
        check_late(service)
        check_verbs(service)
        check_log(service)
        for end in (service.kill, service.terminate):
            end()
            service.start()
            check_cases(service)
            check_late(service)
        replay(service)
        m = service.wait_rest()
        check_counters(m)
        check(total(m, "messages_ignored_total") == 5, "ignored messages")
        service.terminate()


if __name__ == "__main__":
    run(main, argparse.ArgumentParser(description=__doc__).parse_args())
