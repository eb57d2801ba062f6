"""kill -9 of the service at random moments, at full rate and QoS 1.

A stream of readings goes on and on while the service is killed and started
again. No acknowledged message may be missing, no file shifted, and each is
byte for byte what rrdtool makes of the same rows. Every so many rounds a new
store begins; every second one of the long form is written by librrd, in whose hands
a kill tears files, hardly in the program's own writer's.
"""

import time

from harness import testing_binary
from killed_store import KilledStore, run_stores
from rows import Counter, look
from stream import Stream, sections

ROUNDS = {"short": 5, "long": 1000}
CONTROL = "no undo log, files are written by librrd"
# Messages that a round of the long form must bring.
MESSAGES = 10000
SERIES = {"short": 30, "long": 100}
ROUNDS_OF_A_STORE = 100
# A control without a shifted file after so many rounds has had its chance.
CONTROL_ROUNDS = 300


class Store(KilledStore):
    def __init__(self, outcome, folder, seed, protected, series, by_librrd):
        super().__init__(outcome, folder, seed, protected,
                         sections(snapshot={"every": "300ms"}),
                         testing_binary() if by_librrd else None)
        if by_librrd:
            self.environment["RRDFLOW_TEST_OWN_ROWS"] = "off"
            outcome.add("stores written by librrd", 1)
        self.series = series
        self.snapshots = Counter("snapshots_total")

    def begin(self):
        """The first life, which makes the files."""
        self.connect()
        self.stream = Stream(self.broker.port, self.series, self.seed)
        self.stream.start()
        self.rest()

    def round(self, _):
        self.outcome.add("kills", 1)
        self.watch.look(self._life())

    def _life(self):
        """One start and one kill, at random. Returns whether it was ready."""
        self.snapshots.begin()
        if self.rng.random() < 0.3:
            self.service.start(wait=False, **self.environment)
            time.sleep(self.rng.uniform(0, 0.6))
            self.service.kill()
            return False
        self.service.start(**self.environment)
        end = time.monotonic() + self.rng.uniform(0.1, 0.8)
        while time.monotonic() < end:
            look(self.service, [self.snapshots])
            time.sleep(max(0, min(0.1, end - time.monotonic())))
        self.service.kill()
        return True

    def end(self):
        self.outcome.add("snapshots", self.snapshots.sum)
        super().end()


def run(rounds, seed, protected, folder):
    form = "long" if rounds >= 50 else "short"

    def make(outcome, place, number):
        return Store(outcome, place, seed * 1000 + number, protected,
                     SERIES[form], not protected or number % 2 == 0)

    outcome = run_stores(make, rounds if protected else CONTROL_ROUNDS,
                         ROUNDS_OF_A_STORE, protected, folder)
    if protected and form == "long":
        for name, least in (("messages acknowledged", MESSAGES * rounds),
                            ("snapshots", rounds // 4),
                            ("headers put back", rounds),
                            ("files torn by a kill", rounds // 100)):
            found = outcome.figures.get(name, 0)
            outcome.check(found >= least, f"only {found} {name}")
    return outcome
