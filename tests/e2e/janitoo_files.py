#!/usr/bin/env python3
"""Files of the original, which wrote local time as if it were UTC: converted,
they hold what a file written in UTC would, over both changes of the clock, in
all archives, and go on as that file does."""

import argparse
import datetime
import math
import os
import subprocess
from zoneinfo import ZoneInfo

import rrdtool
from harness import Scratch, binary, check, run

STEP = 300
HEARTBEAT = 2 * STEP
ROWS = 1440
SOURCES = [("temp", "GAUGE"), ("count", "COUNTER"), ("flow", "DERIVE"),
           ("pulses", "ABSOLUTE")]
FUNCTIONS = ["AVERAGE", "MAX", "MIN"]
STEPS = [1, 12, 144, 288]
UTC = datetime.timezone.utc


def create(path, start):
    """The layout of the original."""
    rrdtool.create(path, "--start", start, "--step", STEP,
                   *(f"DS:{name}:{kind}:{HEARTBEAT}:U:U"
                     for name, kind in SOURCES),
                   *(f"RRA:{cf}:0.5:{n}:{ROWS}"
                     for cf in FUNCTIONS for n in STEPS))


def values(t):
    """Of every source; no number twice."""
    return [round(math.sin(t / 5000) * 100 + t % 777 / 10, 3),
            (t - 1_500_000_000) * 3 + t % 311,
            (t - 1_500_000_000) * 2 - t % 411, t % 199 + 1]


def wall(zone, t):
    """What the original took for the time."""
    local = datetime.datetime.fromtimestamp(t, zone).replace(tzinfo=UTC)
    return int(local.timestamp())


def rows(zone, begin, end):
    """Those of the original, and what a file in UTC gets for the same: nothing
    in the hour that the clock shows twice, where the original was stuck, and no
    value for the step in which it jumped on. And when it
    jumped, and whether back."""
    original, wanted, jump, back = [], [], 0, 0
    last = wall(zone, begin) - STEP
    for t in range(begin, end, STEP):
        at = t + 17
        shown = wall(zone, at)
        if shown <= last:
            back = back or at
            continue
        xs = ":".join(map(str, values(at)))
        original.append(f"{shown}:{xs}")
        if shown - last > HEARTBEAT:
            xs = ":".join("U" * len(SOURCES))
            jump = at
        wanted.append(f"{at}:{xs}")
        last = shown
    return original, wanted, (jump or back, bool(back))


def same(x, y):
    return all(math.isnan(a) == math.isnan(b)
               and (math.isnan(a) or math.isclose(a, b, rel_tol=1e-8,
                                                  abs_tol=1e-8))
               for a, b in zip(x, y))


def compare(name, new, old, wanted, zone, last, finest, reach, jump):
    """Each row of each archive by `rrdtool fetch`; what no finer archive
    reaches back to may stand in the nearest slot. A counter goes on counting
    over the jump of the clock, but not over the unknown value that stands for
    it in the wanted file; and at the jump back the original took an hour for a
    step: those rows are not compared."""
    jump, back = jump
    compared = 0
    for cf in FUNCTIONS:
        for n in STEPS:
            length = n * STEP
            end = last // length * length
            begin = end - (ROWS - 10) * length
            found = rrdtool.fetch_text(new, begin, end, length, cf)
            right = rrdtool.fetch_text(wanted, begin, end, length, cf)
            before = rrdtool.fetch_text(old, begin, end, length, cf)
            for t, xs in found.items():
                if length > finest and t - length < reach:
                    shown = wall(zone, t) // length * length
                    near = [before[u] for u in (shown, shown + length)
                            if u in before] + [right[t]]
                    check(any(same(xs, ys) for ys in near)
                          or all(map(math.isnan, xs)),
                          f"{name}: {cf} {length} at {t}: {xs} is no row "
                          "near it")
                    continue
                if back and any(
                        t - length < x + STEP and t >= x - STEP
                        for x in (jump, jump + 3600)):
                    continue
                if t - length < jump + STEP and t >= jump - STEP:
                    xs[1:3] = right[t][1:3]
                check(same(xs, right[t]),
                      f"{name}: {cf} {length} at {t}: {xs}, not {right[t]}")
                compared += sum(not math.isnan(x) for x in xs)
    check(compared > 10000, f"{name}: only {compared} values compared")
    return compared


def convert(name, folder, zone_name, begin, days, finest=3600):
    """`finest`: of the rows whose length the zone's offset is no multiple of,
    all are made of rows of this length."""
    zone = ZoneInfo(zone_name)
    folder.mkdir()
    old, new, wanted = (folder / f"{x}.rrd" for x in ("old", "new", "utc"))
    end = begin + days * 86400
    original, right, jump = rows(zone, begin, end)
    create(old, wall(zone, begin) - STEP)
    create(wanted, begin - STEP)
    rrdtool.update(old, original, 2000)
    rrdtool.update(wanted, right, 2000)
    before = old.read_bytes()
    done = subprocess.run(
        [binary(), "import-janitoo", "--convert", str(old), "--timezone",
         zone_name, "-o", str(new)], capture_output=True, text=True)
    check(done.returncode == 0, done.stderr)
    check(old.read_bytes() == before, "the old file was changed")
    last = int(rrdtool.info(new)["last_update"])
    check(last == int(rrdtool.info(wanted)["last_update"]),
          f"{name}: the last update is {last}")
    # As far as the rows reach that move exactly, less an edge.
    reach = last - finest * (ROWS - 30)
    n = compare(name, new, old, wanted, zone, last, finest, reach,
                jump)
    # They go on alike: what was under way was carried over, too.
    more = [f"{t + 17}:" + ":".join(map(str, values(t + 17)))
            for t in range(end, end + 3 * 86400, STEP)]
    rrdtool.update(new, more, 2000)
    rrdtool.update(wanted, more, 2000)
    n += compare(name + ", gone on", new, old, wanted, zone, end + 3 * 86400,
                 finest, reach, jump)
    print(f"{name}: {n} values at the right times")


def at(text):
    return int(datetime.datetime.fromisoformat(text + "+00:00").timestamp())


def refusals(folder):
    """What cannot be converted is named, and nothing is written."""
    folder.mkdir()
    good = folder / "a b.rrd"
    create(good, at("2018-01-01"))
    (folder / "bad.rrd").write_text("RRD")

    def call(*arguments):
        return subprocess.run([binary(), "import-janitoo", *arguments],
                              capture_output=True, text=True)

    owned = folder / "owned"
    owned.mkdir()
    if os.geteuid() == 0:
        os.chown(owned, 65534, 65534)
    out = owned / "deep" / "out"
    done = call("--convert", str(folder), "--timezone", "Europe/Paris", "-o",
                str(out))
    check(done.returncode == 74 and "bad.rrd: " in done.stderr, done.stderr)
    # Under the name that the store gives it.
    check([x.name for x in out.iterdir()] == ["a=20b.rrd"], "another file")
    for x in (owned / "deep", out, *out.iterdir()):
        found, wanted = x.stat(), owned.stat()
        check((found.st_uid, found.st_gid) == (wanted.st_uid, wanted.st_gid),
              f"{x.name} is not its folder's owner's")
        check(found.st_mode & 0o777 == (0o750 if x.is_dir() else 0o640),
              f"{x.name}: mode {found.st_mode:o}")
    again = call("--convert", str(good), "--timezone", "Europe/Paris", "-o",
                 str(out / "a=20b.rrd"))
    check(again.returncode == 74 and "exists" in again.stderr, again.stderr)
    beside = call("--convert", str(good), "--timezone", "UTC")
    check(beside.returncode == 0, beside.stderr)
    check((folder / "a b.utc.rrd").read_bytes() == good.read_bytes(),
          "UTC moved rows")
    check(call("--convert", str(good), "--timezone", "Mars/Base").returncode
          == 64, "a zone that is none")
    check(call("--convert", str(good)).returncode == 64, "no zone")


def main(_):
    with Scratch("janitoo-files") as folder:
        convert("spring in Paris", folder / "spring", "Europe/Paris",
                at("2018-02-01"), 70)
        convert("autumn in Paris", folder / "autumn", "Europe/Paris",
                at("2018-10-01"), 70)
        convert("spring in Denver", folder / "denver", "America/Denver",
                at("2018-02-01T05:00"), 70)
        convert("half hours in Kolkata", folder / "kolkata", "Asia/Kolkata",
                at("2018-02-01"), 20, finest=STEP)
        refusals(folder / "refusals")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    run(main, parser.parse_args())
