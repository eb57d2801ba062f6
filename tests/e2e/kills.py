#!/usr/bin/env python3
"""The same after kills: a stream at full rate, flush_after and snapshot.every
at 1 s, the service killed with -9 and restarted again and again at random. No
acknowledged message is missing, no history is shifted, each file is byte for
byte what rrdtool makes of the same rows. The control, with the undo log off
(build/rrdflow-testing, RRDFLOW_TEST_UNDO_LOG=off), shows shifted files."""

import argparse
import random
import threading
import time

import oracle
from harness import (Failure, Mosquitto, Rrdflow, Scratch, check, check_books,
                     run, testing_binary, total, wait_for)
from publisher import Publisher

FILLS = ("heartbeat", "hold", "none")
ROWS = 60000
ARCHIVES = [f"RRA:AVERAGE:0.5:1:{ROWS}", "RRA:MAX:0.5:1:5000",
            "RRA:AVERAGE:0.5:5:6000", "RRA:MIN:0.5:10:3000",
            "RRA:LAST:0.5:2:1000", "RRA:AVERAGE:0.5:60:1000"]


def sections():
    return {
        "rule": [{"name": fill, "topics": [f"k/{fill}/+"], "format": "json",
                  "series": "{topic}", "time": "ts", "step": "1s",
                  "sample": "last", "fill": fill, "heartbeat": "4s",
                  "fields": [{"path": "v"}], "only": True,
                  "archives": ARCHIVES} for fill in FILLS],
        "cache": {"flush_after": "1s", "flush_jitter": "1s"},
        "snapshot": {"every": "1s"},
        "writer": {"creates_per_second": 10000},
    }


class Stream(threading.Thread):
    """Publishes in turn to all series, each message one slot further on: time
    runs faster than the clock, from six days ago on."""

    def __init__(self, port, series, rate, seed):
        super().__init__(daemon=True)
        base = int(time.time()) - 6 * 86400
        self.publisher = Publisher(port)
        self.rng = random.Random(seed)
        self.series = [oracle.Series(f"k/{FILLS[i % 3]}/{i}", 1, 4,
                                     fill=FILLS[i % 3]) for i in range(series)]
        self.slots = [base] * series
        self.rate = rate
        self.sent = 0
        self.ending = threading.Event()
        self.failure = None

    def run(self):
        try:
            begin = time.monotonic()
            while not self.ending.is_set():
                self._turn()
                if self.rate:
                    ahead = self.sent / self.rate - (time.monotonic() - begin)
                    time.sleep(max(0, ahead))
            self.publisher.drain()
        except Exception as e:  # Shown by the main thread.
            self.failure = e

    def _turn(self):
        for i, s in enumerate(self.series):
            draw = self.rng.random()
            self.slots[i] += 1 if draw < 0.9 else 2 if draw < 0.97 else 7
            value = (i * 7919 + self.slots[i] * 104729) % 1000003 / 8
            s.add(self.slots[i] * 1000, value)
            self.publisher.publish(
                s.name, f'{{"ts": {self.slots[i]}, "v": {value!r}}}')
            self.sent += 1

    def finish(self):
        self.ending.set()
        self.join(120)
        if self.failure:
            raise Failure(f"the publisher: {self.failure}")
        return self.publisher.acknowledged


class Counter:
    """Adds up a counter over restarts, whether it begins anew or not."""

    def __init__(self, name):
        self.name = name
        self.sum = 0
        self.last = 0

    def see(self, metrics):
        value = total(metrics, self.name)
        self.sum += value - self.last if value >= self.last else value
        self.last = value


def look(service, counters):
    try:
        m = service.metrics()
    except (OSError, Failure):
        return
    for x in counters:
        x.see(m)


def life(service, rng, counters, environment):
    """One start and one kill, at random."""
    if rng.random() < 0.15:
        service.start(wait=False, **environment)
        time.sleep(rng.uniform(0, 0.4))
        service.kill()
        return
    service.start(**environment)
    end = time.monotonic() + rng.uniform(0.8, 2.8)
    while time.monotonic() < end:
        look(service, counters)
        time.sleep(max(0, min(0.1, end - time.monotonic())))
    service.kill()


def one_run(options, folder, undo):
    """Returns the verdicts that are not good, and the counters."""
    rng = random.Random(options.seed)
    environment = {} if undo else {"RRDFLOW_TEST_UNDO_LOG": "off"}
    counters = [Counter("snapshots_total"), Counter("headers_put_back_total")]
    with Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections(),
                    program=None if undo else testing_binary()) as service:
        service.start(**environment)
        wait_for("connected to the broker", lambda: total(
            service.metrics(), "mqtt_connected") == 1)
        stream = Stream(broker.port, options.series, options.rate,
                        options.seed)
        stream.start()
        time.sleep(2)
        service.kill()
        for i in range(options.rounds):
            life(service, rng, counters, environment)
            check(stream.is_alive(), f"the publisher: {stream.failure}")
        published = stream.finish()
        service.start(timeout=120, **environment)
        service.wait_taken(published, 300)
        m = service.wait_rest()
        look(service, counters)
        service.flush()
        m = service.wait_rest()
        taken = total(m, "messages_taken_total")
        late = total(m, "samples_late_total")
        print(f"  {options.rounds} kills, {published} messages acknowledged, "
              f"{taken - published:.0f} delivered again, {late:.0f} late")
        for x in counters:
            print(f"  {x.name}: {x.sum:.0f}")
        check(taken >= published, f"{published - taken:.0f} messages are lost")
        check(late <= taken - published,
              "more are late than were delivered again")
        check_books(m)
        bad = []
        for s in stream.series:
            s.flush(time.time())
            path = service.rrd(s.name)
            verdict = oracle.examine(path, s, folder / "copy.rrd",
                                     rows=ROWS - 10)
            if not verdict.good:
                bad.append((s.name, verdict))
        shifted = sum(v.is_shifted for _, v in bad)
        print(f"  {len(stream.series)} files: {len(bad)} wrong, "
              f"{shifted} shifted")
        service.terminate()
    return bad, shifted, counters


def main(options):
    print(f"seed {options.seed}")
    with Scratch("kills") as folder:
        bad, _, counters = one_run(options, folder, True)
        for name, verdict in bad[:10]:
            print(f"  {name}: {verdict}")
        check(not bad, f"{len(bad)} files are wrong")
        for x in counters:
            check(x.sum > options.rounds or options.rounds < 20,
                  f"only {x.sum:.0f} {x.name} in {options.rounds} rounds")
    if options.no_control:
        return
    print("the control, without the undo log")
    with Scratch("kills-control") as folder:
        _, shifted, _ = one_run(options, folder, False)
        check(shifted > 0, "the control shows no shifted file: this test "
                           "proves nothing")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12, help="kills")
    parser.add_argument("--series", type=int, default=200)
    parser.add_argument("--rate", type=float, default=0,
                        help="messages per second; 0: as fast as it goes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-control", action="store_true")
    run(main, parser.parse_args())
