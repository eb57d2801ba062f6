"""The disk hangs: every RRD_WRITER stands still while 5,000 messages a second
come in. They wait in the journal, memory stays flat, and all is written once
the writers go on. The control has no room in the journal and a broker with its
usual queue of 1,000: what the broker acknowledged is lost."""

import random
import threading
import time

import oracle
from counters import check_counters, total
from harness import (Failure, Mosquitto, check, testing_binary, wait_for)
from memory_probe import Sampler, anonymous
from outcome import Outcome
from publisher import Publisher
from service import Rrdflow

# Seconds for which the writers stand still.
ROUNDS = {"short": 5, "long": 600}
CONTROL = "a journal of 1 MiB and a broker that queues 1,000"

RATE = 5000
TOPICS, FIELDS = 50, 10
PER_SECOND = RATE // TOPICS  # Slots of a series.
MEMORY = 1 << 20
# As many rows may be sealed as unsealed, and both grow for a second; the rest
# is on its way between the actors, or malloc keeps it.
BOUND = 2 * (MEMORY + RATE * FIELDS * 16) + (12 << 20)
# A leak of this many bytes a second would show in ten minutes.
STEEP = 20000
EXAMINED = 40


def sections(seconds, protected):
    journal = {"segment_size": "16MiB"}
    if not protected:
        journal = {"segment_size": "640KiB", "max_size": "1280KiB"}
    return {
        "rule": [{"name": "p", "topics": ["p/+"], "format": "json",
                  "series": "{topic}/{path}", "time": "ts", "step": "1s",
                  "fill": "heartbeat", "heartbeat": "2s",
                  "archives": [f"RRA:AVERAGE:0.5:1:"
                               f"{(seconds + 30) * PER_SECOND}"]}],
        "journal": journal,
        "cache": {"flush_after": "1s", "flush_jitter": "1s",
                  "memory": str(MEMORY)},
        "snapshot": {"every": "2s"},
        "writer": {"creates_per_second": 10000},
        "limits": {"payload": "1KiB", "disk_reserve": "1MiB"},
    }


class Stream(threading.Thread):
    """Publishes at a steady rate: each series in turn, a slot further on."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.publisher = Publisher(port)
        self.base = int(time.time()) - 86400
        self.slots = 0
        self.ending = threading.Event()
        self.failure = None

    def run(self):
        try:
            begin = time.monotonic()
            while not self.ending.is_set():
                self._turn()
                ahead = self.slots / PER_SECOND - (time.monotonic() - begin)
                time.sleep(max(0, ahead))
            self.publisher.drain()
        except Exception as e:  # Shown by the main thread.
            self.failure = e

    def _turn(self):
        for topic in range(TOPICS):
            values = ",".join(f'"f{i}":{self.value(topic, i, self.slots)!r}'
                              for i in range(FIELDS))
            self.publisher.publish(
                f"p/{topic}", f'{{"ts":{self.base + self.slots},{values}}}')
        self.slots += 1

    @staticmethod
    def value(topic, field, slot):
        return (topic * 7919 + field * 1299709 + slot * 104729) % 1000003 / 8

    def series(self, topic, field):
        result = oracle.Series(f"p/{topic}/f{field}", 1)
        for slot in range(self.slots):
            result.add((self.base + slot) * 1000,
                       self.value(topic, field, slot))
        result.flush(time.time())
        return result

    def finish(self):
        self.ending.set()
        self.join(300)
        if self.failure:
            raise Failure(f"the publisher: {self.failure}")
        return self.publisher.acknowledged


def hang(service, stream, switch, seconds, outcome):
    """The writers stand still; returns how much memory grew."""
    pid = service.process.child.pid
    before = anonymous(pid)
    sampler = Sampler(pid)
    switch.touch()
    begin = time.monotonic()
    # On a busy machine the messages take longer than they should.
    enough = stream.slots + seconds * PER_SECOND
    time.sleep(seconds)
    wait_for("as many messages are published", lambda: stream.slots >= enough
             or not stream.is_alive(), 9 * seconds + 120)
    end = time.monotonic()
    sampler.stop()
    m = service.metrics()
    slope = sampler.slope(begin + max(3, seconds / 4), end)
    outcome.figures["messages waiting at the end"] = int(
        total(m, "journal_waiting_messages"))
    outcome.figures["bytes of the journal"] = int(total(m, "journal_bytes"))
    outcome.figures["memory before, bytes"] = before
    outcome.figures["memory at most, bytes"] = sampler.peak()
    # The first rows fill what they are allowed.
    outcome.figures["memory's slope, bytes/s"] = round(slope)
    outcome.check(seconds < 60 or slope < STEEP,
                  f"memory grows by {slope:,.0f} bytes a second")
    outcome.check(total(m, "restarts_total") == 0, "the flow has restarted")
    check(stream.is_alive(), f"the publisher: {stream.failure}")
    return sampler.peak() - before


def catch_up(service, published, switch, outcome):
    begin = time.monotonic()
    switch.unlink()
    try:
        service.wait_taken(published, 60 + published / 2000)
    except Failure as e:
        outcome.check(False, str(e))
    outcome.figures["seconds to catch up"] = round(time.monotonic() - begin, 1)
    service.flush()
    return service.wait_rest()


def compare(service, stream, seed, outcome):
    rng = random.Random(seed)
    for x in rng.sample(range(TOPICS * FIELDS), EXAMINED):
        series = stream.series(*divmod(x, FIELDS))
        verdict = oracle.examine(service.rrd(series.name), series)
        if not verdict.good:
            outcome.lose(f"{series.name}: {verdict}",
                         max(1, len(verdict.wrong)))
    outcome.figures["series examined"] = EXAMINED


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    switch = folder / "hold"
    seconds = rounds if protected else min(rounds, 6)
    limit = "" if protected else "max_queued_messages 1000"
    with Mosquitto(folder / "broker", limit) as broker, \
            Rrdflow(folder, broker.address, sections(seconds, protected),
                    program=testing_binary()) as service:
        service.start(RRDFLOW_TEST_HOLD_WRITER=str(switch))
        service.wait_connected()
        stream = Stream(broker.port)
        stream.start()
        wait_for("all files are there", lambda: total(
            service.metrics(), "files") >= TOPICS * FIELDS)
        time.sleep(1)
        grown = hang(service, stream, switch, seconds, outcome)
        published = stream.finish()
        outcome.figures["messages acknowledged"] = published
        if protected:
            outcome.check(grown <= BOUND,
                          f"memory has grown by {grown:,} bytes")
            m = catch_up(service, published, switch, outcome)
            check_counters(m)
        else:
            # What the broker dropped does not come.
            switch.unlink()
            time.sleep(3)
            service.flush()
            m = service.wait_rest()
        lost = published - total(m, "messages_taken_total")
        outcome.figures["taken"] = int(total(m, "messages_taken_total"))
        if lost > 0:
            outcome.lose(f"{lost:,.0f} messages never came", int(lost))
        if protected:
            compare(service, stream, seed, outcome)
        service.terminate()
    return outcome
