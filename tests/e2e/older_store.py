#!/usr/bin/env python3
"""A store that an older version left, killed, opens and goes on, and its rows are
those that the older version itself makes of it: rows that waited in the
snapshot, messages behind it in the journal, files that an undo log puts back.

--make NAME packs such a store, and the rows, with the program that --program
names: tests/stores/NAME.tar.xz and NAME.json. All times are simulated: the
program's clock shows those in which the store was made."""

import argparse
import ctypes
import json
import os
import struct
import subprocess
import tarfile

from counters import check_counters, total
from harness import ROOT, Mosquitto, Scratch, check, run
from janitoo_network import Controller
from publisher import Publisher
import rrdtool
from service import Rrdflow
from simulated_clock import SimulatedClock

STORES = ROOT / "tests" / "stores"
# 2024-06-01 00:00 UTC: the first reading.
BEGIN = 1717200000
HOUR = 3600
# One for each that is published, in this order; five of them make the store.
PHASES = [BEGIN + x for x in (0, 3 * HOUR, 3 * HOUR + 200, 3 * HOUR + 400,
                              3 * HOUR + 600)]
READINGS = 15
# The first and the last phase in which they have readings.
LIVES = {"idle": (0, 0), "gone": (0, 2), "new": (2, 4)}
BUS = "0014/0000"
ARCHIVES = ["10s for 6h", "1m for 1d"]
MINUTE = ["1m for 6h", "5m for 1d"]


def sections(reap="365d", changed="10s for 6h"):
    def rule(name, archives=ARCHIVES, **more):
        return {"name": name, "topics": [f"{name}/+"], "format": "json",
                "series": "{topic}", "time": "ts", "step": "10s", "only": True,
                "fields": [{"path": "v"}], "heartbeat": "60s",
                "fill": "heartbeat", "archives": archives, **more}
    return {
        "rule": [
            rule("hold", fill="hold"), rule("mean", sample="mean"),
            rule("none", fill="none", sample="max", min=-5, max=1000),
            rule("counter", MINUTE, type="COUNTER", step="60s",
                 heartbeat="300s"),
            rule("derive", type="DERIVE"),
            rule("absolute", type="ABSOLUTE", min=0),
            rule("dderive", type="DDERIVE", lateness="20s"),
            rule("changed", [changed]), rule("idle"), rule("gone"),
            rule("new"),
            {"name": "tree", "topics": ["tree 1/#"], "format": "auto",
             "step": "10s", "heartbeat": "20s", "fill": "heartbeat",
             "archives": ARCHIVES}],
        "rrd": [{"name": "host", "hadd": "0014/0001",
                 "source_poll": "0s", "step": "10s",
                 "heartbeat": "60s", "archives": ARCHIVES, "sources": [
                     {"topic": "host/temp", "type": "GAUGE", "label": "temp",
                      "fill": "hold", "min": -40},
                     {"topic": "host/meter", "path": "total",
                      "type": "COUNTER", "label": "meter"},
                     {"janitoo": "0048/0002|load|0", "type": "GAUGE",
                      "label": "load", "sample": "mean"}]}],
        "janitoo": {"enabled": True, "hadd": BUS, "count_values_poll": "0s",
                    "count_series_poll": "0s"},
        "cache": {"shards": 2, "flush_after": "1d"},
        "snapshot": {"every": "1d"},
        "reaper": {"after": reap},
        "journal": {"segment_size": "1MiB", "sync": "always"},
        "writer": {"creates_per_second": 1000},
    }


def value(name, i):
    """The i-th reading of a series."""
    if name in ("counter", "absolute"):
        return i * i + 7 * (i % 3)
    if name == "derive":
        return (i * 37) % 101 - 50
    return (i * 37 % 101) / 8 - 6


def readings(phase):
    """Topics and payloads, with their own times."""
    result = []
    for name in ("hold", "mean", "none", "counter", "derive", "absolute",
                 "dderive", "changed", "idle", "gone", "new"):
        first, last = LIVES.get(name, (0, len(PHASES)))
        if not first <= phase <= last:
            continue
        for k in range(READINGS):
            i = phase * READINGS + k
            # Some are missing, and some come off the step.
            if i % 7 == 5 and name != "counter":
                continue
            at = PHASES[phase] + 10 * k + (i % 4) / 4
            result.append((f"{name}/a",
                           f'{{"ts": {at}, "v": {value(name, i)!r}}}'))
            if name == "mean":
                result.append((f"{name}/a",
                               f'{{"ts": {at + 2}, "v": {i}}}'))
    result.append(("hold/a", "not JSON"))
    return result


def arrivals(number):
    """What has the time at which it comes."""
    return [("tree 1/Ä b", json.dumps({"x": number / 3, "y": {"z": number}})),
            ("tree 1/empty/", str(number)),
            ("host/temp", f"{20 + number / 4}"),
            ("host/meter", json.dumps({"total": 1000 + number ** 2})),
            ("/values/user/0048/0002/load", json.dumps(
                {"genre": 2, "hadd": "0048/0002", "uuid": "load", "index": 0,
                 "data": number / 16}))]


class Life:
    """The service on a store of 2024, with its broker."""

    def __init__(self, folder, broker, program, name="service"):
        self.service = Rrdflow(folder / name, broker.address, sections(),
                               program=program)
        self.clock = SimulatedClock(folder / name / "clock")
        self.broker = broker
        self.sent = 0

    def begin(self, at, **settings):
        self.clock.step(at - self.clock.time())
        self.service.configure(sections(**settings))
        self.service.start(**self.clock.environment())
        self.service.wait_connected()

    def publish(self, messages):
        with Publisher(self.broker.port) as publisher:
            for topic, payload in messages:
                publisher.publish(topic, payload)
        self.sent += len(messages)
        self.service.wait_taken(self.sent)

    def rows(self):
        """What all files show, without what is unknown."""
        result = {}
        top = self.service.store / "rrd"
        for path in sorted(top.rglob("*.rrd")):
            shown = result[str(path.relative_to(top))] = {}
            facts = rrdtool.info(path)
            kinds = {(facts[k], int(facts["step"]) * int(
                facts[k.replace("].cf", "].pdp_per_row")]))
                for k in facts if k.endswith("].cf")}
            for cf, step in sorted(kinds):
                rows, real = rrdtool.fetch(path, BEGIN - 600,
                                           BEGIN + 6 * HOUR, step, cf)
                check(real == step, f"{path}: {cf} has no step {step}")
                shown[f"{cf} {step}"] = {
                    str(at): [None if x != x else x for x in values]
                    for at, values in rows.items()
                    if any(x == x for x in values)}
        return result

    def series(self):
        return sorted((x["name"], x["file"])
                      for x in self.service.get("/api/v1/series"))


def go_on(life, sent):
    """Opens the store: the rows and series that it has now, and after further
    readings."""
    life.sent = sent
    life.begin(BEGIN + 5 * HOUR)
    service = life.service
    service.wait_taken(sent)
    service.flush()
    result = {"opened": life.rows(), "series": life.series()}
    m = service.metrics()
    check(total(m, "messages_taken_total") == sent,
          f"{total(m, 'messages_taken_total')} messages, not {sent}")
    late = total(m, "samples_late_total")
    with Controller(life.broker.port) as controller:
        kept = controller.get(BUS, "cache_rrd_ttl")["data"]
        check(kept == 50000, f"cache_rrd_ttl is {kept}: what was set is lost")
    life.sent += 1
    life.publish(readings(len(PHASES) - 1))
    service.flush()
    result["went on"] = life.rows()
    check_counters(service.wait_rest())
    return result, late


def make(folder, broker, options):
    """Leaves a store behind, and goes on with a copy of it."""
    life = Life(folder, broker, options.program)
    service = life.service
    # All that fell silent leaves the index, written.
    life.begin(BEGIN + HOUR, reap="1s")
    life.publish(readings(0))
    with Controller(broker.port) as controller:
        controller.set(BUS, "cache_rrd_ttl", 50000)
    life.sent += 1  # The answer is under /values, too.
    wait_for("everything is retired", lambda: total(
        service.metrics(), "files") == 0)
    service.terminate()
    # An older snapshot; another rule for a file that exists.
    life.begin(BEGIN + 4 * HOUR, changed="10s for 3h")
    life.publish(readings(1))
    for number in range(4):
        life.publish(arrivals(number))
        life.clock.step(10)
    service.flush()
    service.terminate()
    # The snapshot that counts: rows wait in it.
    life.begin(BEGIN + 4 * HOUR + 300)
    life.publish(readings(2)[:-20])
    for number in range(4, 8):
        life.publish(arrivals(number))
        life.clock.step(10)
    service.terminate()
    # Behind it files are written, a name becomes free, and messages wait.
    life.begin(BEGIN + 4 * HOUR + 600)
    life.publish(readings(2)[-20:])
    for name in ("hold/a", "counter/a", "dderive/a", "new/a", "host/temp"):
        service.verb("flush", name)
    service.verb("forget", "--yes", "gone/a")
    life.publish(readings(3))
    for number in range(8, 12):
        life.publish(arrivals(number))
        life.clock.step(10)
    service.kill()
    logs = list((service.store / "snapshot").glob("undo-*"))
    check(any(x.stat().st_size > 0 for x in logs), "no undo log")
    STORES.mkdir(exist_ok=True)
    archive = STORES / f"{options.make}.tar.xz"
    subprocess.run(["tar", "-cJf", archive, "--sort=name", "--sparse",
                    "--owner=0", "--group=0", "--numeric-owner",
                    "-C", service.folder, "store"], check=True,
                   env={**os.environ, "XZ_OPT": "-9e"})
    (folder / "again").mkdir()
    unpack(archive, folder / "again")
    rows, _ = go_on(Life(folder, broker, options.program, "again"), life.sent)
    (STORES / f"{options.make}.json").write_text(json.dumps(
        {"sent": life.sent, **rows}, separators=(",", ":")).replace(
            "},", "},\n") + "\n")
    print(f"{archive}: {archive.stat().st_size} bytes")


def unpack(archive, folder):
    with tarfile.open(archive) as file:
        file.extractall(folder)


def adopt(store):
    """Has the undo logs name the inodes that the unpacked files have, as those
    of the files that were packed. Returns how many headers the start puts back,
    and how many files it deletes, which were made behind the snapshot."""
    xxh3 = ctypes.CDLL("libxxhash.so.0").XXH3_64bits_withSeed
    xxh3.restype = ctypes.c_uint64
    xxh3.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64]
    adopted = {}
    for log in (store / "snapshot").glob("undo-*"):
        marker = int(log.name.split("-")[1])
        data = bytearray(log.read_bytes())
        at = 8
        while at + 39 <= len(data):
            size, kind = struct.unpack_from("<IB", data, at + 8)
            length, = struct.unpack_from("<H", data, at + 37)
            name = data[at + 39:at + 39 + length].decode()
            file = store / "rrd" / f"{name}.rrd"
            if file.exists():
                birth = subprocess.run(
                    ["stat", "-c", "%.9W", file], capture_output=True,
                    text=True, check=True).stdout.strip().replace(".", "")
                struct.pack_into("<Qq", data, at + 13, file.stat().st_ino,
                                 int(birth))
                struct.pack_into("<Q", data, at, xxh3(
                    bytes(data[at + 8:at + 12 + size]), size + 4, marker))
                adopted.setdefault(name, kind)
            at += 12 + size
        log.write_bytes(data)
    kinds = list(adopted.values())
    return kinds.count(1), kinds.count(2)


# Rates had their rows at the slots' ends; they have times of their own now, so
# that these sources have other values. The other sources of such a file wait
# for the next reading of its rate.
RATES = {"counter": {0}, "derive": {0}, "absolute": {0}, "dderive": {0},
         "host": {1}}
# Rules that did not say how gaps are filled: what waits is filled by the default
# of today. What is no gap is as it was.
DEFAULTS = {"mean", "changed", "idle", "gone", "new", "tree=201"}


def compare_rates(where, has, rows, rates):
    """The rows are known as before, or nearly, and the other sources hold
    what they held."""
    common = has.keys() & rows.keys()
    check(len(common) > 0.6 * len(rows) and len(has) < 1.2 * len(rows) + 3,
          f"{where}: {len(has)} rows, {len(rows)} before")
    for at in common:
        for i, (x, y) in enumerate(zip(has[at], rows[at])):
            check(i in rates or x == y, f"{where}: source {i} at {at}: {x}, "
                  f"{y} before")


def compare_readings(where, has, rows):
    same = sum(has.get(x) == y for x, y in rows.items())
    least = len(rows) // 2 if where.endswith("AVERAGE 10") else 0
    check(has.keys() >= rows.keys() and same >= least,
          f"{where}: {same} of {len(rows)} rows are as before")


def compare(what, found, wanted):
    """Rows, by file, function and time."""
    check(sorted(found) == sorted(wanted), f"{what}: files {sorted(found)}")
    for file, kinds in wanted.items():
        check(sorted(found[file]) == sorted(kinds),
              f"{what}: {file}: archives {sorted(found[file])}")
        for kind, rows in kinds.items():
            has = found[file][kind]
            if rates := RATES.get(file.split("/")[0].removesuffix(".rrd")):
                compare_rates(f"{what}: {file}, {kind}", has, rows, rates)
                continue
            if file.split("/")[0] in DEFAULTS:
                compare_readings(f"{what}: {file}, {kind}", has, rows)
                continue
            wrong = [x for x in sorted({*has, *rows})
                     if has.get(x) != rows.get(x)]
            check(not wrong, f"{what}: {file}, {kind}: {len(wrong)} rows are "
                  f"wrong; first {wrong[:1]}: "
                  f"{[(has.get(x), rows.get(x)) for x in wrong[:1]]}")
    print(f"{what}: {len(wanted)} files with "
          f"{sum(len(x) for k in wanted.values() for x in k.values())} rows")


def open_store(folder, broker, options, name, put_back):
    wanted = json.loads((STORES / f"{name}.json").read_text())
    place = f"{name}-{put_back}"
    (folder / place).mkdir()
    unpack(STORES / f"{name}.tar.xz", folder / place)
    life = Life(folder, broker, options.program, place)
    headers = 0
    if put_back:
        headers, deleted = adopt(life.service.store)
        check(headers > 2 and deleted > 0, "the undo logs name no files")
    found, late = go_on(life, wanted["sent"])
    has = total(life.service.metrics(), "headers_put_back_total")
    check(has == headers, f"{has} headers put back, not {headers}")
    if put_back:
        done = f"put {headers} headers back, deleted {deleted} files"
        check(late == 0, f"{late} readings are late")
        check(done in life.service.log.read_text(), f"not logged: {done}")
    compare("opened", found["opened"], wanted["opened"])
    compare("went on", found["went on"], wanted["went on"])
    check(found["series"] == [tuple(x) for x in wanted["series"]],
          f"series: {found['series']}")
    life.service.terminate()
    # And once more: a snapshot of this version.
    life.sent = 0
    life.begin(BEGIN + 5 * HOUR + 60)
    life.service.flush()
    compare("again", life.rows(), wanted["went on"])
    life.service.terminate()


def main(options):
    with Scratch("older-store") as folder, \
            Mosquitto(folder / "broker") as broker:
        if options.make:
            return make(folder, broker, options)
        names = sorted(x.name.split(".")[0] for x in STORES.glob("*.tar.xz"))
        check(names, "there is no older store")
        for name in names:
            # Inodes of unpacked files are new: to the undo logs they are other
            # files, and are left as the kill left them. Their rows are met
            # again; readings for a file that was made behind the snapshot are
            # late.
            for put_back in (False, True):
                open_store(folder, broker, options, name, put_back)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", help="instead of build/rrdflow")
    parser.add_argument("--make", metavar="NAME", help="make a store")
    run(main, parser.parse_args())
