"""Rows outgrow `cache.memory`: the process's own memory stays within its bound,
the oldest rows are written early, nothing is lost and nothing restarts. Once
every series is known the system limits it to that bound, too. The control,
whose `cache.memory` is huge, grows beyond it."""

import os
import random
import resource
import signal
import time

import oracle
from counters import check_counters, total
from harness import Mosquitto, wait_for
from memory_probe import Sampler, anonymous, data
from outcome import Outcome
from publisher import Publisher
from service import Rrdflow

# Thousands of series.
ROUNDS = {"short": 4, "long": 1000}
CONTROL = "cache.memory is 64GiB"

FIELDS = 100
ROW = 13  # Bytes of a row that waits.
# Of each series: a piece of rows that is not full, and pieces that were left for
# larger ones.
PIECES = 96
EXAMINED = 400
SEGMENT = 16 << 20
# Rows a second. How many may wait is decided once a second.
RATE = 150000
# What is not rows: batches on their way, snapshots being packed, malloc's own.
SLACK = 10 << 20


class Plan:
    """How many rows there are, and how many may wait."""

    def __init__(self, thousands):
        self.blocks = thousands * 1000 // FIELDS
        self.series = self.blocks * FIELDS
        self.rows = max(12, 1600 // thousands)
        self.memory = max(1 << 20, self.series * self.rows * ROW // 6
                          if thousands > 100 else 0)
        self.base = int(time.time()) - 86400

    @property
    def bound(self):
        """For the growth since every series is known: as many rows may be
        sealed as unsealed, and both grow for a second."""
        return ((2 * self.memory + 2 * RATE * ROW) * 5 // 4
                + PIECES * self.series + SLACK)

    @staticmethod
    def value(block, field, row):
        return (block * 7919 + field * 104729 + row * 1299709) % 1000003 / 8

    def message(self, topic, block, row):
        fields = ",".join(f'"s{i}":{self.value(block, i, row)!r}'
                          for i in range(FIELDS))
        return topic, f'{{"ts":{self.base + row},{fields}}}'


def sections(plan, protected):
    return {
        "rule": [{"name": "m", "topics": ["m/+", "first", "last"],
                  "format": "json", "series": "{topic}/{path}", "time": "ts",
                  "fill": "heartbeat", "heartbeat": "2s", "step": "1s", "archives": [f"RRA:AVERAGE:0.5:1:"
                                             f"{plan.rows + 40}"]}],
        "cache": {"flush_after": "12h", "flush_jitter": "0s",
                  "shards": 1 if plan.series < 100000 else 0,
                  "memory": str(plan.memory) if protected else "64GiB"},
        # A snapshot holds a copy of what waits until it is on disk.
        "snapshot": {"every": "12h"},
        "writer": {"creates_per_second": 1000000},
        "journal": {"segment_size": str(SEGMENT)},
        "limits": {"series": plan.series + 1000, "disk_reserve": "1MiB"},
    }


def publish_rows(plan, publisher):
    at_once = RATE // FIELDS // 20
    due = time.monotonic()
    for i in range(plan.blocks, plan.blocks * plan.rows):
        row, block = divmod(i, plan.blocks)
        publisher.publish(*plan.message(f"m/{block}", block, row))
        if i % at_once == 0:
            # Never faster, not even after a pause.
            due = max(due + 0.05, time.monotonic() - 0.05)
            time.sleep(max(0, due - time.monotonic()))


def write_all(service):
    """By a signal: who asks over HTTP does not wait for a million files."""
    os.kill(service.process.child.pid, signal.SIGUSR1)
    wait_for("all rows are written", lambda: total(
        service.metrics(), "rows_waiting") == 0, 1800, 0.5)


def publish(plan, broker, service, protected):
    """Returns how many are published, and the memory with one row of each."""
    with Publisher(broker.port) as publisher:
        publisher.publish(*plan.message("first", 0, 0))
        for block in range(plan.blocks):
            publisher.publish(*plan.message(f"m/{block}", block, 0))
        service.wait_taken(publisher.drain(), 1200)
        # Each file is there then, and known to the undo log.
        write_all(service)
        pid = service.process.child.pid
        before = anonymous(pid)
        if protected:
            room = data(pid) + plan.bound
            resource.prlimit(pid, resource.RLIMIT_DATA, (room, room))
        publish_rows(plan, publisher)
        service.wait_taken(publisher.drain(), 2400)
        # Once time has passed there is room for one more.
        time.sleep(2.5)
        publisher.publish(*plan.message("last", 0, plan.rows))
        published = publisher.drain()
        service.wait_taken(published)
    return published, before


def check_order(service, outcome):
    """What came first is written, without a flush, what came last is not.
    Early rows are sealed as time passes."""
    first = service.rrd("first/s0")
    wait_for("the oldest rows are written", first.exists)
    outcome.check(not service.rrd("last/s0").exists(),
                  "the newest row was written early")


def compare(plan, service, seed, outcome):
    rng = random.Random(seed)
    wanted = [divmod(x, FIELDS) for x in rng.sample(
        range(plan.series), min(plan.series, EXAMINED))]
    for block, field in wanted:
        series = oracle.Series(f"m/{block}/s{field}", 1)
        for row in range(plan.rows):
            series.add((plan.base + row) * 1000, plan.value(block, field, row))
        series.flush(time.time())
        verdict = oracle.examine(service.rrd(series.name), series)
        if not verdict.good:
            outcome.lose(f"{series.name}: {verdict}")
    outcome.figures["series examined"] = len(wanted)


def measure(plan, service, broker, protected, outcome):
    """Publishes; returns the metrics before a flush."""
    sampler = Sampler(service.process.child.pid)
    published, before = publish(plan, broker, service, protected)
    m = service.wait_rest(2400)
    grown = sampler.peak() - before
    outcome.figures.update({
        "series": plan.series,
        "rows": plan.series * plan.rows,
        "cache.memory, bytes": plan.memory,
        "memory with one row written each, bytes": before,
        "memory at most, bytes": sampler.peak(),
        "growth, bytes": grown,
        "bound, bytes": plan.bound,
        "rows written early": int(total(m, "rows_written_total")),
    })
    outcome.check(grown <= plan.bound, f"memory grew by {grown:,} bytes")
    taken = total(m, "messages_taken_total")
    outcome.check(taken == published, f"{published - taken:.0f} are missing")
    sampler.stop()
    return m


def finish(service, outcome):
    write_all(service)
    m = service.wait_rest(2400)
    check_counters(m)
    outcome.check(total(m, "restarts_total") == 0, "the flow has restarted")
    for name in ("samples_late_total", "samples_refused_total",
                 "messages_dead_total"):
        outcome.check(total(m, name) == 0, f"{total(m, name):.0f} {name}")
    service.terminate(120)


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    plan = Plan(rounds)
    with Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address,
                    sections(plan, protected)) as service:
        # With an arena for each thread there is no sure bound.
        service.start(MALLOC_ARENA_MAX="2")
        service.wait_connected()
        measure(plan, service, broker, protected, outcome)
        if protected:
            check_order(service, outcome)
        finish(service, outcome)
        if protected:
            compare(plan, service, seed, outcome)
    return outcome
