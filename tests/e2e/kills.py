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
import rrdtool
from books import check_books, total
from harness import (Failure, Mosquitto, Scratch, check, run, testing_binary,
                     wait_for)
from publisher import Publisher
from service import Rrdflow

FILLS = ("heartbeat", "hold", "none")
ROWS = 60000
# Many archives: the more there are, the longer librrd is inside an update, and
# the more kills hit one.
ARCHIVES = [f"RRA:AVERAGE:0.5:1:{ROWS}"] + [
    f"RRA:{cf}:0.5:{steps}:3000" for steps in (1, 2, 3, 5, 12)
    for cf in ("AVERAGE", "MIN", "MAX", "LAST") if (cf, steps) != ("AVERAGE", 1)]


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
    """Adds up a counter that begins anew with each process."""

    def __init__(self, name):
        self.name = name
        self.sum = 0
        self.last = 0

    def begin(self):
        self.last = 0

    def see(self, metrics):
        value = total(metrics, self.name)
        self.sum += value - self.last
        self.last = value


class Watch:
    """Looks for shifted files between two lives of the service, by their row
    pointers. A kill inside an update leaves a pointer that is ahead; only if it
    is so still after another life that was ready, the history is shifted."""

    def __init__(self, service, series):
        self.paths = [service.rrd(s.name) for s in series]
        self.whole = [rrdtool.header(x).phases() for x in self.paths]
        self.odd = {}
        self.shifted = set()

    def look(self):
        odd = {}
        for path, whole in zip(self.paths, self.whole):
            phases = rrdtool.header(path).phases()
            if phases != whole:
                odd[path] = phases
        self.shifted |= {x for x in odd if self.odd.get(x) == odd[x]}
        self.odd = odd


def look(service, counters):
    try:
        m = service.metrics()
    except (OSError, Failure):
        return
    for x in counters:
        x.see(m)


def life(service, rng, counters, environment):
    """One start and one kill, at random. Returns whether it was ready."""
    for x in counters:
        x.begin()
    if rng.random() < 0.15:
        service.start(wait=False, **environment)
        time.sleep(rng.uniform(0, 0.4))
        service.kill()
        return False
    service.start(**environment)
    end = time.monotonic() + rng.uniform(0.5, 4.5)
    while time.monotonic() < end:
        look(service, counters)
        time.sleep(max(0, min(0.1, end - time.monotonic())))
    service.kill()
    return True


def begin(service, broker, options, environment):
    """The first life, which makes the files and ends in good order."""
    service.start(**environment)
    wait_for("connected to the broker", lambda: total(
        service.metrics(), "mqtt_connected") == 1)
    stream = Stream(broker.port, options.series, options.rate, options.seed)
    stream.start()
    wait_for("all files are there", lambda: total(
        service.metrics(), "files") >= options.series)
    service.flush()
    service.terminate()
    return stream


def kill_often(service, stream, options, counters, environment, control):
    """Returns the watch over the files, and how many kills there were."""
    rng = random.Random(options.seed)
    watch = Watch(service, stream.series)
    kills = 0
    # The control has shown enough once a file is shifted.
    rounds = 300 if control else options.rounds
    while kills < rounds and not (control and watch.shifted):
        if life(service, rng, counters, environment):
            watch.look()
        kills += 1
        check(stream.is_alive(), f"the publisher: {stream.failure}")
    return watch, kills


def one_run(options, folder, control):
    """Returns what is wrong with which file, the watch, and the counters."""
    environment = {"RRDFLOW_TEST_UNDO_LOG": "off"} if control else {}
    counters = [Counter("snapshots_total"), Counter("headers_put_back_total")]
    with Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections(),
                    program=testing_binary() if control else None) as service:
        stream = begin(service, broker, options, environment)
        watch, kills = kill_often(service, stream, options, counters,
                                  environment, control)
        published = stream.finish()
        service.start(timeout=120, **environment)
        service.wait_taken(published, 300)
        service.wait_rest()
        service.flush()
        m = service.wait_rest()
        taken = total(m, "messages_taken_total")
        late = total(m, "samples_late_total")
        print(f"  {kills} kills, {published} messages acknowledged, "
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
            verdict = oracle.examine(service.rrd(s.name), s,
                                     folder / "copy.rrd", rows=ROWS - 10)
            if not verdict.good:
                bad.append((s.name, verdict))
        print(f"  {len(stream.series)} files: {len(bad)} wrong, "
              f"{len(watch.shifted)} with shifted history")
        for name, verdict in bad[:5]:
            print(f"    {name}: {verdict}")
        service.terminate()
    return bad, watch, counters


def main(options):
    print(f"seed {options.seed}")
    with Scratch("kills") as folder:
        bad, watch, counters = one_run(options, folder, False)
        check(not bad, f"{len(bad)} files are wrong")
        check(not watch.shifted, f"{len(watch.shifted)} files were shifted")
        # How many there are in a few rounds is a matter of luck.
        least = options.rounds if options.rounds >= 50 else 1
        for x in counters:
            check(x.sum >= least,
                  f"only {x.sum:.0f} {x.name} in {options.rounds} rounds")
    if options.no_control:
        return
    print("the control, without the undo log")
    with Scratch("kills-control") as folder:
        bad, watch, _ = one_run(options, folder, True)
        check(watch.shifted and bad, "the control shows no shifted file: this "
                                     "test proves nothing")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12, help="kills")
    parser.add_argument("--series", type=int, default=200)
    parser.add_argument("--rate", type=float, default=0,
                        help="messages per second; 0: as fast as it goes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-control", action="store_true")
    run(main, parser.parse_args())
