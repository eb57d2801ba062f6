"""kill -9 of the service at random moments, at full rate and QoS 1.

A stream of readings goes on and on while the service is killed and started
again. No acknowledged message may be missing, no file shifted, and each is
byte for byte what rrdtool makes of the same rows. Every so many rounds a new
store begins.
"""

import random
import shutil
import time

from books import total
from harness import Mosquitto, testing_binary, wait_for
from outcome import Outcome
from rows import Counter, Watch, balance, examine, look
from service import Rrdflow
from stream import Stream, sections

ROUNDS = {"short": 5, "long": 1000}
CONTROL = "no undo log"
# Messages that a round of the long form must bring.
MESSAGES = 10000
SERIES = {"short": 30, "long": 200}
# A control without a shifted file after so many rounds has had its chance.
CONTROL_ROUNDS = 300


class Store:
    """A store of its own, and what was seen of it."""

    def __init__(self, outcome, folder, seed, series, protected):
        self.outcome = outcome
        self.folder = folder
        self.environment = {} if protected else {"RRDFLOW_TEST_UNDO_LOG": "off"}
        self.rng = random.Random(seed)
        self.counters = [Counter("snapshots_total"),
                         Counter("headers_put_back_total")]
        self.broker = Mosquitto(folder / "broker")
        self.service = Rrdflow(folder, self.broker.address, sections(),
                               program=None if protected else testing_binary())
        self.series = series
        self.seed = seed

    def begin(self):
        """The first life, which makes the files and ends in good order."""
        self.service.start(**self.environment)
        wait_for("connected to the broker", lambda: total(
            self.service.metrics(), "mqtt_connected") == 1)
        self.stream = Stream(self.broker.port, self.series, self.seed)
        self.stream.start()
        wait_for("all files are there", lambda: total(
            self.service.metrics(), "files") >= self.series)
        self.service.flush()
        self.service.terminate()
        self.watch = Watch([self.service.rrd(x) for x in self.stream.names])

    def life(self):
        """One start and one kill, at random. Returns whether it was ready."""
        for x in self.counters:
            x.begin()
        if self.rng.random() < 0.3:
            self.service.start(wait=False, **self.environment)
            time.sleep(self.rng.uniform(0, 0.6))
            self.service.kill()
            return False
        self.service.start(**self.environment)
        end = time.monotonic() + self.rng.uniform(0.1, 1.2)
        while time.monotonic() < end:
            look(self.service, self.counters)
            time.sleep(max(0, min(0.1, end - time.monotonic())))
        self.service.kill()
        return True

    def kill(self, rounds, until_shifted):
        """Returns how many rounds there were."""
        for done in range(rounds):
            if self.stream.full or (until_shifted and self.watch.shifted):
                return done
            self.watch.look(self.life())
            self.stream.check()
        return rounds

    def end(self):
        """Everything is written, and everything is looked at."""
        published = self.stream.finish()
        self.service.start(timeout=120, **self.environment)
        self.service.wait_taken(published, 300)
        self.service.wait_rest()
        self.service.flush()
        balance(self.outcome, self.service.wait_rest(), published)
        self.service.terminate()
        # The control need not look at all files.
        examine(self.outcome, self.service, self.stream,
                self.folder / "copy.rrd", self.watch.shifted)
        self.outcome.add("files torn by a kill", self.watch.torn)
        self.outcome.add("files shifted", len(self.watch.shifted))
        for x in self.watch.shifted:
            self.outcome.lose(f"{x.name}: shifted")
        for x in self.counters:
            self.outcome.add(x.name, x.sum)


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    form = "long" if rounds >= 50 else "short"
    left = rounds if protected else CONTROL_ROUNDS
    number = 0
    while left > 0 and (protected or outcome.lost == 0):
        number += 1
        place = folder / str(number)
        store = Store(outcome, place, seed * 1000 + number, SERIES[form],
                      protected)
        with store.broker, store.service:
            store.begin()
            done = store.kill(left, not protected)
            store.end()
        left -= done
        outcome.add("kills", done)
        outcome.add("stores", 1)
        shutil.rmtree(place)
        if form == "long":
            print(f"  {outcome.figures}", flush=True)
    if protected and form == "long":
        figures = outcome.figures
        for name, least in (("messages acknowledged", MESSAGES * rounds),
                            ("snapshots_total", rounds // 2),
                            ("headers_put_back_total", rounds)):
            outcome.check(figures[name] >= least, f"only {figures[name]} {name}")
    return outcome
