#!/usr/bin/env python3
"""What goes wrong in the store, and is cured: files deleted, damaged, replaced
by a link, or made with another step; a snapshot folder that cannot be written;
series without readings; more series than allowed."""

import argparse
import shutil
import time

import rrdtool
from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, wait_for
from publisher import Publisher
from service import Rrdflow


def sections():
    return {
        # The reaper waits until the heartbeat is over.
        "rule": [{"name": "r", "topics": ["r/#"], "step": "1s",
                  "heartbeat": "2s",
                  "archives": ["1s for 1h"]}],
        "cache": {"flush_after": "1h"},
        "snapshot": {"every": "1s"},
        "reaper": {"after": "5s"},
        "limits": {"series": 6, "disk_reserve": "1MiB"},
    }


class World:
    def __init__(self, folder, broker, service):
        self.folder, self.broker, self.service = folder, broker, service
        self.sent = 0

    def send(self, *names, value=1):
        with Publisher(self.broker.port) as p:
            for x in names:
                p.publish(f"r/{x}", str(value))
            self.sent += p.drain()
        self.service.wait_taken(self.sent)

    def written(self, *names, value=1, code=0):
        self.send(*names, value=value)
        time.sleep(1.2)  # The slot ends.
        self.service.verb("flush", code=code)

    def path(self, name):
        return self.service.rrd(f"r/{name}")

    def last(self, name):
        return rrdtool.tool("lastupdate", self.path(name)).split()[-1]


def check_files(w):
    w.written("gone", "bad", "link", "step", value=3)
    w.path("gone").unlink()
    w.path("bad").write_bytes(b"RRD\0" + b"%s%n" * 5000)
    elsewhere = w.folder / "elsewhere.rrd"
    shutil.copy(w.path("link"), elsewhere)
    before = elsewhere.read_bytes()
    w.path("link").unlink()
    w.path("link").symlink_to(elsewhere)
    w.path("step").unlink()
    rrdtool.create(w.path("step"), "--step", 2, "--start",
                   int(time.time()) - 60, "DS:value:GAUGE:10:U:U",
                   "RRA:LAST:0.5:1:100")
    w.written("gone", "bad", "step", value=4)
    w.written("link", value=4, code=74)
    check(w.last("gone") == "4", "a deleted file is not made again")
    check(w.last("bad") == "4", "no fresh file in place of a damaged one")
    bad = [x for x in w.service.store.rglob("*") if "bad" in x.parts[-3:-1]
           or x.parent.name == "bad"]
    check(any(x.is_file() and b"%s%n" in x.read_bytes() for x in bad),
          f"the damaged file is nowhere in bad/: {bad}")
    check(elsewhere.read_bytes() == before, "a link was followed")
    w.path("link").unlink()
    w.written("link", value=5)
    check(w.last("link") == "5", "not cured when the link is gone")
    m = w.service.metrics()
    check(m["files_quarantined"] >= 1, "files_quarantined")
    check("r/bad" in w.service.log.read_text(), "the damage is not named")
    check("r/link" in w.service.log.read_text(), "the link is not named")
    check_counters(w.service.wait_rest())


def check_limit(w):
    w.send("five", "six", "seven", "eight")
    refused = 'samples_refused_total{reason="limit",rule="r"}'
    wait_for("two samples are refused",
             lambda: w.service.metrics().get(refused) == 2)
    series = w.service.metrics()["series"]
    check(series == 6, f"limits.series: {series:.0f}")


def alive(w):
    return {x["name"] for x in w.service.get("/api/v1/series") if x["alive"]}


def check_reaper(w):
    index = w.service.store / "index.txt"
    if not index.exists():
        index = next(w.service.store.rglob("index.txt"))
    w.send("five", value=78)
    wait_for("in index.txt", lambda: "r/five" in index.read_text())
    wait_for("r/five is expired", lambda: "r/five" not in alive(w))
    wait_for("out of index.txt", lambda: "r/five" not in index.read_text())
    listed = {x["name"]: x for x in w.service.get("/api/v1/series")}
    check("r/five" in listed, "a reaped series left the list")
    # Its file has it.
    check(listed["r/five"]["value"] == 78 and listed["r/five"]["time"],
          f"the last value of a reaped series: {listed['r/five']}")
    rows = w.service.get("/api/v1/data?series=r/five&from=-1m")
    check([x["value"] for x in rows if x["value"] is not None] [-1:] == [78],
          f"a reaped series' data: {rows}")
    w.send("five", value=9)
    wait_for("r/five is back", lambda: "r/five" in alive(w))
    wait_for("in index.txt", lambda: "r/five" in index.read_text())


def check_snapshot_folder(w):
    snapshot = w.service.store / "snapshot"
    aside = w.folder / "aside"
    snapshot.rename(aside)
    snapshot.write_text("in the way")
    key = 'restarts_total{actor="snapshotter"}'
    def ended():
        with Publisher(w.broker.port) as p:
            p.publish("r/five", "1")
            w.sent += p.drain()
        return w.service.metrics().get(key, 0) > 0

    def named():
        status, body = w.service.http("GET", "/readyz")
        return status == 503 and "snapshot" in body.decode()
    wait_for("the snapshotter ends", ended, interval=0.25)
    wait_for("/readyz names the snapshots", named)
    wait_for("the flow is not started without them", lambda:
             "the flow does not start" in w.service.log.read_text())
    check(w.service.process.alive(), "the process ended")
    print(f"  {w.service.metrics().get(key)} restarts of the snapshotter")
    snapshot.unlink()
    aside.rename(snapshot)
    wait_for("ready again", w.service.ready)
    w.send("five", value=77)
    before = total(w.service.metrics(), "snapshots_total")
    w.send("five", value=78)
    wait_for("snapshots again", lambda: total(
        w.service.metrics(), "snapshots_total") > before)
    check_counters(w.service.wait_rest())


def main(_):
    with Scratch("cures") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections()) as service:
        service.start()
        w = World(folder, broker, service)
        check_files(w)
        check_limit(w)
        check_snapshot_folder(w)
        check_reaper(w)
        check_counters(service.wait_rest())
        service.terminate()


if __name__ == "__main__":
    run(main, argparse.ArgumentParser(description=__doc__).parse_args())
