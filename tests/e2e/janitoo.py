#!/usr/bin/env python3
"""Janitoo: the seven example messages of the protocol's description land in
the right sources of [[rrd]] files whose archives are the original's."""

import argparse
import json
import math
import time

import rrdtool
from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run
from publisher import Publisher
from service import Rrdflow


def value(uuid, hadd, data, index=0, genre=1, kind=3, **more):
    """A value as the original's nodes send it: all fields, most unused."""
    return {"entry_name": "sensor_float", "uuid": uuid,
            "node_uuid": f"hostsensor__{uuid}", "voice_uuid": None,
            "hadd": hadd, "cmd_class": 49, "is_readonly": True,
            "is_writeonly": False, "default": None, "label": uuid.title(),
            "help": f"The {uuid}", "units": None, "list_items": None,
            "max": None, "min": None, "genre": genre, "type": kind,
            "index": index, "is_polled": True, "poll_delay": 300,
            "reply_hadd": None, "data": data, **more}


ARDUINO = ('{"cmd_class":50,"genre":2,"hadd":"1111/0000","is_readonly":true,'
           '"is_writeonly":true,"units":"\u00b0C","uuid":"dht_in_temp",'
           '"index":0,"data":%s"label":"in temperature"}')

# Topic and payload; the letters are those of the description.
MESSAGES = [
    # (a) one float
    ("/values/basic/0048/0005/uptime",
     json.dumps(value("uptime", "0048/0005", 86412.53))),
    # (b) a map of indexes
    ("/values/basic/0048/0002/load",
     json.dumps({str(i): value("load", "0048/0002", x, i)
                 for i, x in enumerate((0.15, 0.22, 0.31))})),
    # (c) a map with an integer and null
    ("/values/basic/0048/0004/memory_rss",
     json.dumps({"0": value("memory_rss", "0048/0004", 28471296, 0, kind=4),
                 "1": value("memory_rss", "0048/0004", None, 1, kind=4)})),
    # (d) a boolean of genre user
    ("/values/user/0030/0002/presence",
     json.dumps(value("presence", "0030/0002", True, genre=2, kind=1))),
    # (e) an Arduino, which sends few fields; and its failure
    ("/values/user/1111/0000/dht_in_temp", ARDUINO % "21.50,"),
    ("/values/user/1111/0000/dht_in_temp",
     ARDUINO % '"NULL","error":"Checksum error",'),
    # (f) a string
    ("/values/basic/0014/0008/source",
     json.dumps({"0": value("source", "0014/0008", "load1", kind=8)})),
    # (g) NaN, which is no JSON
    ("/values/basic/0048/0006/broken",
     json.dumps(value("broken", "0048/0006", math.nan))),
    # Not among the seven: the form with two levels, which the original took.
    ("/values/basic/0048/0007/deep",
     json.dumps({"0": {"0": value("deep", "0048/0007", 7.5)}})),
]

# File: its sources, as (Janitoo's triple, label, what must be in it).
FILES = {
    "uptime": [("0048/0005|uptime|0", "up", 86412.53)],
    "load": [("0048/0002|load|0", "load1", 0.15),
             ("0048/0002|load|1", "load5", 0.22),
             ("0048/0002|load|2", "load15", 0.31)],
    "memory": [("0048/0004|memory_rss|0", "hostsensor", 28471296),
               ("0048/0004|memory_rss|1", "roomba", None)],
    "presence": [("0030/0002|presence|0", "hall", 1)],
    "arduino": [("1111/0000|dht_in_temp|0", "inside", 21.5)],
    "strings": [("0014/0008|source|0", "label", None)],
    "broken": [("0048/0006|broken|0", "nan", None)],
    "deep": [("0048/0007|deep|0", "deep", 7.5)],
    # One value may feed several files; another index is another value.
    "mixed": [("0048/0002|load|2", "fifteen", 0.31),
              ("0048/0005|uptime|0", "up", 86412.53),
              ("0048/0005|uptime|1", "other", None)],
}

ORIGINAL_ARCHIVES = [(cf, steps, 1440) for cf in ("AVERAGE", "MAX", "MIN")
                     for steps in (1, 12, 144, 288)]


def sections(step):
    return {
        "rrd": [{"name": name, "step": step, "sources": [
            {"janitoo": triple, "type": "GAUGE", "label": text}
            for triple, text, _ in sources]}
            for name, sources in FILES.items()],
        "writer": {"creates_per_second": 1000},
    }


def archives(facts):
    result = []
    while f"rra[{len(result)}].cf" in facts:
        i = len(result)
        result.append((facts[f"rra[{i}].cf"],
                       int(facts[f"rra[{i}].pdp_per_row"]),
                       int(facts[f"rra[{i}].rows"])))
    return result


def look_at(path, sources, sent):
    """Checks one file; returns how many values it has."""
    facts = rrdtool.info(path)
    labels = [t for _, t, _ in sources]
    indexes = [int(facts[f"ds[{t}].index"]) for t in labels]
    check(indexes == sorted(indexes), f"{path.name}: order of the sources")
    check(archives(facts) == ORIGINAL_ARCHIVES,
          f"{path.name}: not the original's archives: {archives(facts)}")
    check(all(facts[f"ds[{t}].type"] == "GAUGE" for t in labels),
          f"{path.name}: type")
    step = int(facts["step"])
    rows, _ = rrdtool.fetch(path, sent - 5 * step, sent + 10 * step, step)
    for (triple, text, should), i in zip(sources, indexes):
        found = {row[i] for row in rows.values() if not math.isnan(row[i])}
        wanted = set() if should is None else {float(should)}
        check(len(found) == len(wanted) and
              all(rrdtool.same(a, b) for a, b in zip(found, wanted)),
              f"{path.name}: {text} ({triple}) has {found}, not {wanted}")
    return sum(x is not None for _, _, x in sources)


def main(options):
    step = options.step
    with Scratch("janitoo") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address,
                    sections(f"{step}s")) as service:
        service.start()
        # All within one slot, and not at its edge.
        time.sleep(step - time.time() % step + 0.1)
        sent = int(time.time())
        with Publisher(broker.port) as publisher:
            for topic, payload in MESSAGES:
                # The original's network sends with QoS 0.
                publisher.publish(topic, payload, qos=0)
        service.wait_taken(len(MESSAGES))
        time.sleep(step - time.time() % step + 1.1)
        service.flush()
        m = service.wait_rest()
        values = 0
        for name, sources in FILES.items():
            path = service.rrd(name)
            if not path.exists() and all(x is None for _, _, x in sources):
                continue  # Nothing known ever came for it.
            check(path.exists(), f"{name}: there is no file")
            values += look_at(path, sources, sent)
        print(f"{len(MESSAGES)} messages, {values} values in the right "
              f"sources of {len(FILES)} files")
        check(values == sum(x is not None for s in FILES.values()
                            for _, _, x in s), "values are missing")
        check(total(m, "messages_dead_total") == 0, "messages are dead")
        check_counters(m)
        service.terminate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=3, help="seconds")
    run(main, parser.parse_args())
