#!/usr/bin/env python3
"""Every sensor's readings are stored right: a table of what sensors send, how
they write it, when and how often, and of what becomes of it: the value and the
time in the RRD file, or the reason why there is none. `explain` promises the
same. --table prints a line for each row: what is given, wanted, and found."""

import argparse
import json
import math
import re
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import sensor_payloads
import sensor_rhythms
import sensor_shapes
import sensor_warnings
from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, wait_for
from publisher import Publisher
from sensor_case import ARRIVAL, Case, File, Rate, Steps, file_name
from service import Rrdflow, merged, toml
from simulated_clock import SimulatedClock

SECTIONS = {"cache": {"flush_after": "1d"},
            "writer": {"creates_per_second": 100000}}

# Rows that the program does not get right yet, and why they are right.
KNOWN = {
    ("rates", "a gauge each 10 s; COUNTER, DERIVE of one each 60 s"):
        "1/60 a second in each row; RRD takes only integers between them",
}


class Table:
    """The rows so far, and what is wrong."""

    def __init__(self, shown):
        self.shown = shown
        self.counts = Counter()
        self.known = 0
        self.red = []

    def add(self, kind, given, wanted, got, wrong):
        self.counts[kind] += 1
        line = f"{kind}: {given} | wanted {wanted} | got {got}"
        known = KNOWN.get((kind, given)) or KNOWN.get(
            (kind, str(wanted)))
        if known and not wrong:
            print(f"right now, although known to be wrong: {line}")
        if wrong and known:
            self.known += 1
            line += f"\n    known wrong: {wrong[0]}; right: {known}"
        elif wrong:
            self.red.append(line)
            line += "\n    WRONG: " + "; ".join(wrong[:3])
        if self.shown or wrong:
            print(line)


def numbered(cases):
    counts = Counter()
    for x in cases:
        counts[x.kind] += 1
        x.number = counts[x.kind]
    return cases


def publish(broker, cases):
    """Returns how many messages, and when the first may have arrived."""
    begin, n = time.time(), 0
    with Publisher(broker.port) as publisher:
        for case in cases:
            for topic, payload in case.messages:
                publisher.publish(case.below(topic), payload)
                n += 1
        publisher.drain()
    return n, begin


def slot_over(clock):
    """Waits until the slot of a second is over."""
    end = math.floor(clock()) + 1
    wait_for("the slot is over", lambda: clock() > end, interval=0.02)


class Stored:
    """What is in the files below a case's prefix."""

    def __init__(self, service, case, base, window):
        self.root = service.store / "rrd"
        self.case, self.base, self.window = case, base, window
        folder = self.root / case.prefix
        self.paths = {folder.with_name(folder.name + ".rrd")}
        if folder.is_dir():
            self.paths |= set(folder.rglob("*.rrd"))
        self.paths = {x for x in self.paths if x.exists()}
        self.files = {}

    def compare(self, case):
        got, wrong, expected = [], [], set()
        for name, right in case.stores.items():
            path = self.root / file_name(
                case.prefix if case.rrd else case.below(name))
            expected.add(path)
            if path not in self.paths:
                wrong.append(f"there is no {path.relative_to(self.root)}")
                continue
            if name not in self.files:
                self.files[name] = File(path, name if case.rrd else "value")
            file = self.files[name]
            seen, bad = right.compare(file, self.base, self.window)
            got.append(f"{name or '-'}: {seen}")
            wrong += [f"{name}: {x}" for x in bad]
        for path in self.paths - expected:
            got.append(f"a file {path.relative_to(self.root)}")
            wrong.append(got[-1])
        return "; ".join(got) or "no file", wrong


def refusals(metrics, case):
    """{reason: how many readings}."""
    rule = ("rrd/" + case.prefix) if case.rrd else case.name
    found = {}
    for key, n in metrics.items():
        if key.startswith("samples_refused_total{") and n \
                and f'rule="{rule}"' in key:
            found[re.search(r'reason="(\w+)"', key)[1]] = int(n)
    return found


def compare_cases(table, service, cases, base, window):
    m = service.metrics()
    blind = []
    for case in cases:
        stored = Stored(service, case, base, window)
        got, wrong = stored.compare(case)
        refused = refusals(m, case)
        if refused != case.refused:
            wrong.append(f"refused {refused}, not {case.refused}")
        got += "".join(f"; refused {k} {n}" for k, n in refused.items())
        table.add(case.kind, case.given, case.wanted(base), got, wrong)
        if not wrong and not stored.compare(case.spoiled())[1]:
            blind.append(case.given)
    table.add("control", "each row once more, with a wrong expectation",
              "noticed", f"{len(blind)} not noticed", blind)
    for name, word in (("messages_ignored_total", "ignored"),
                       ("messages_dead_total", "dead")):
        wanted = Counter(x.reason.split()[1] for x in cases
                         if x.reason.startswith(word))
        got = {re.search(r'reason="(\w+)"', k)[1]: int(n)
               for k, n in m.items() if k.startswith(name + "{") and n}
        table.add("metrics", name, dict(wanted), got,
                  [] if got == wanted else ["others"])
    late = total(m, "samples_late_total")
    table.add("metrics", "samples_late_total", 0, late, ["late"] * bool(late))


def seconds(iso):
    return datetime.fromisoformat(iso.replace("Z", "+00:00")).timestamp()


def promise(service, topic, payload, **environment):
    done = subprocess.run(
        [service.program, "explain", "-c", str(service.configuration),
         "--json", "--", topic, payload], stdin=subprocess.DEVNULL,
        capture_output=True, timeout=120, env={**service.env, **environment})
    check(done.returncode == 0, f"explain {topic} {payload!r}: {done}")
    return json.loads(done.stdout)


def promised(case, answers, window):
    """What `explain` said of a case's messages, and what is wrong with it."""
    wanted, unknown = Counter(), {case.below(x) for x in case.unknown}
    rates = any(isinstance(x, Rate) for x in case.stores.values())
    for name, right in case.stores.items():
        for at, value in () if rates else right.entries:
            key = (case.below(name), ARRIVAL if at == ARRIVAL
                   else math.ceil(at))
            if math.isnan(value):
                unknown.add(key[0])
            else:
                wanted[(*key, f"{value:.12g}")] += 1
    wrong, got, refused = [], Counter(), Counter()
    said_unknown, results = set(), set()
    for answer in answers:
        results.add(f'{answer["result"]} {answer["reason"]}'.strip())
        for x in answer["values"]:
            at = seconds(x["time"])
            slot = (ARRIVAL if window[0] - 1 <= at <= window[1] + 1
                    else math.ceil(at))
            if x["refused"]:
                refused[x["refused"]] += 1
            elif x["value"] == "unknown":
                said_unknown.add(x["series"])
            else:
                got[(x["series"], slot, f'{float(x["value"]):.12g}')] += 1
    # It knows of no series: what is unknown is decoded.
    whole = {case.reason} if case.reason and not case.unknown else set()
    if results - {"decoded"} != whole:
        wrong.append(f"explain: {results}")
    if got != wanted and not rates:
        wrong.append(f"explain promises {sorted(got - wanted)}, but not "
                     f"{sorted(wanted - got)}")
    if refused != case.refused:
        wrong.append(f"explain refuses {dict(refused)}")
    if said_unknown != unknown:
        wrong.append(f"explain calls unknown {said_unknown}, not {unknown}")
    values = [f"{x[0].removeprefix(case.prefix).lstrip('/') or '-'} {x[2]}"
              for x in got]
    return "; ".join(values + [f"refused {x}" for x in refused]
                     + ["unknown"] * bool(said_unknown)) or results, wrong


def compare_promises(table, service, cases, clock=time.time, **environment):
    asked = [x for x in cases if x.explain]

    def ask(case):
        return [promise(service, case.below(topic), payload, **environment)
                for topic, payload in case.messages]
    begin = clock()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(ask, asked))
    window = begin, clock()
    for case, answer in zip(asked, answers):
        got, wrong = promised(case, answer, window)
        if case.refused or not case.reason:
            wanted = "the same as stored"
        else:
            wanted = case.reason
        table.add("explain", case.given, wanted, got, wrong)


# What the log says of what is not stored; {} is a topic.
REFUSED = {
    "future": r"on {}\b.*beyond limits\.future",
    "past": r"on {}\b.*beyond limits\.past",
    "time": r"on {}\b.*holds no time that can be read",
    "field": r"on {}\b.*lacks a field that the series of",
    "collision": r"on {}\b.*it belongs to topic",
    "limit": r"on {}\b.*max_series", "name": r"on {}\b.*too long",
    "json": r"on {}\b.*no valid JSON", "text": r"on {}\b.*is no value",
    "no_value": r"on {}\b.*no field with a value",
}


def check_log(table, service, cases):
    """Of a kind of trouble, the log names one of those that have it, and none
    that has not."""
    log = service.log.read_text().splitlines()
    groups = {}
    for case in cases:
        for text in [REFUSED.get(x) for x in case.refused] + [
                REFUSED.get(case.reason.partition(" ")[2])] + [case.log]:
            if text:
                text = text if "{}" in text else f"{{}}\\b.*{text}"
                groups.setdefault(text, set()).add(case.prefix)
    for text, members in groups.items():
        found = [(x, re.search(text.format(r"(\w+/\d+)"), x)) for x in log]
        found = [(x, y[1]) for x, y in found if y]
        wrong = [] if found else ["named is none of " + ", ".join(members)]
        wrong += [x for x, name in found if name not in members]
        table.add("log", f"{len(members)} rows", f"named: {text}",
                  found[0][0] if found else "nothing", wrong)


def check_held(table, service, base, held):
    """Through the door: a hold goes on up to now, not beyond the heartbeat."""
    for i, (given, heartbeat, at) in enumerate(held):
        rows = service.get(
            f"/api/v1/data?series=held/{i:02d}&from={at - 60}"
            f"&to={int(time.time())}&points=100000")
        slot = math.ceil(at / 10) * 10
        # Up to now; if that is beyond the heartbeat, not at all.
        limit = {"auto": 3600, "1d": 86400, "2d": 2 * 86400}[heartbeat]
        known = [seconds(x["time"]) for x in rows if x["value"] is not None]
        now = time.time()
        wanted = (slot, now // 10 * 10 if now - slot <= limit else slot)
        got = (known[0], known[-1]) if known else (0, 0)
        wrong = []
        if got[0] != wanted[0] or not wanted[1] - 30 <= got[1] <= wanted[1]:
            wrong.append(f"known from {got[0]} to {got[1]}, not {wanted}")
        if any(x["value"] not in (7, None) for x in rows):
            wrong.append("another value")
        table.add("rhythm", f"by /api/v1/data: {given}",
                  f"7 from {wanted[0] - base:+d} to {wanted[1] - base:+.0f}",
                  f"from {got[0] - base:+.0f} to {got[1] - base:+.0f}", wrong)


def held_rules(held):
    return [{"name": f"held-{i}", "topics": [f"held/{i:02d}"], "step": "10s",
             "archives": ["10s for 3d LAST"], "heartbeat": heartbeat}
            for i, (_, heartbeat, _) in enumerate(held)]


def stored_cases(table, folder, broker, options):
    """Most of the table: one service, a rule for each row."""
    now = time.time()
    base = int(now) // 3600 * 3600
    held = list(sensor_rhythms.held(int(now)))
    cases = numbered(list(sensor_payloads.table(now))
                     + list(sensor_rhythms.table(now))
                     + list(sensor_warnings.table(now)))
    with Rrdflow(folder / "stored", broker.address) as service:
        sections = merged(service.base, {**SECTIONS, "rule": held_rules(held)})
        service.configure(None, toml(sections) + "".join(
            x.toml() for x in cases))
        service.start()
        service.wait_connected()
        n, begin = publish(broker, cases + [
            Case("held", "", [("", f"{at}:7")], number=i)
            for i, (*_, at) in enumerate(held)])
        service.wait_taken(n)
        window = math.ceil(begin), math.ceil(time.time())
        slot_over(time.time)
        service.flush()
        m = service.wait_rest()
        compare_cases(table, service, cases, base, window)
        check_held(table, service, base, held)
        compare_promises(table, service, cases)
        check_log(table, service, cases)
        sensor_warnings.check_run(table, service, m, cases)
        check_counters(m)
        service.terminate()


# 2026-10-25 00:00 UTC; an hour later clocks in Europe are set back.
NIGHT = 1792886400


def twice():
    """(arrival, what the clock shows, zone, the time that is meant), in the
    order of arrival, all in seconds of that night."""
    paris, london, azores = ("Europe/Paris", "Europe/London",
                             "Atlantic/Azores")
    return ((2400, "02:30:00", paris, 1800), (2400, "01:30:00", london, 1800),
            (2400, "00:30:00", azores, 1800), (2400, "01:59:00", paris, -60),
            (3500, "02:30:00", paris, 1800), (3500, "02:58:19", paris, 3499),
            (3700, "02:59:59", paris, 3599), (3700, "02:00:10", paris, 3610),
            (3700, "01:01:00", london, 3660), (5500, "02:30:00", paris, 5400),
            (5500, "00:30:00", azores, 5400), (5500, "02:00:00", paris, 3600),
            (7300, "03:00:00", paris, 7200))


def hour_that_comes_twice(table, folder, broker):
    cases = []
    for arrival, shown, zone, right in twice():
        case = Case("twice", f"{zone} {shown}, arrives at {arrival} s",
                    [("", f'{{"time":"2026-10-25 {shown}","v":1}}')],
                    {"v": Steps([(NIGHT + right, 1)])},
                    rule=f'timezone = "{zone}"\narchives = ["1s for 5h LAST"]')
        cases.append((arrival, case))
    numbered([x for _, x in cases])
    clock = SimulatedClock(folder / "clock")
    clock.step(NIGHT + 2300 - clock.time())
    with Rrdflow(folder / "twice", broker.address) as service:
        service.configure(None, toml(merged(service.base, SECTIONS)) + "".join(
            x.toml() for _, x in cases))
        service.start(**clock.environment())
        service.wait_connected()
        sent = 0
        for arrival in sorted({x for x, _ in cases}):
            clock.step(NIGHT + arrival - clock.time())
            group = [x for at, x in cases if at == arrival]
            sent += publish(broker, group)[0]
            service.wait_taken(sent)
            compare_promises(table, service, group, clock.time,
                             **clock.environment())
        slot_over(clock.time)
        service.flush()
        compare_cases(table, service, [x for _, x in cases], NIGHT, (0, 0))
        service.terminate()


def main(options):
    table = Table(options.table)
    with Scratch("every") as folder, Mosquitto(folder / "broker") as broker:
        stored_cases(table, folder, broker, options)
        hour_that_comes_twice(table, folder, broker)
        sensor_shapes.check_shapes(table, folder, broker, SECTIONS,
                                   time.time())
        sensor_warnings.check_check(
            table, Rrdflow(folder / "check", broker.address), folder)
        sensor_warnings.check_remedy(
            table, Rrdflow(folder / "remedy", broker.address), folder)
        rows = sum(table.counts.values())
        print(f"{rows} rows, {table.known} of them known to be wrong: "
              + ", ".join(f"{n} {k}" for k, n in table.counts.items()))
        check(not table.red, f"{len(table.red)} of {rows} rows are wrong")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", action="store_true",
                        help="print each row")
    run(main, parser.parse_args())
