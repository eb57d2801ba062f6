"""kill -9 inside a writer's change of a file.

A switch of the test program ends it at a step of the writer, or so many
microseconds later: a new file made, undo log about to be written, written and
synced, rows about to be written, inside the update, rows written but not the
header, done but not yet told. In half of the lives librrd writes the rows:
then a kill inside the update tears the file. Files must go back to the cut and
forward again; each must be byte for byte what rrdtool makes of the same rows.
"""

import subprocess
import time

from harness import testing_binary
from killed_store import KilledStore, run_stores
from stream import Stream, sections

ROUNDS = {"short": 12, "long": 2000}
CONTROL = "no undo log, files are written by librrd"
SERIES = 24
RATE = 3000
ROUNDS_OF_A_STORE = 50
# A life that does not come to its point by then is killed wherever it is.
PATIENCE = 4.0
# Step, the latest time for which it may come, microseconds after it at most,
# and how often it is taken.
POINTS = [("created", SERIES, 300, 20), ("log", 5, 0, 1), ("log", 5, 3000, 3),
          ("logged", 5, 0, 1), ("update", 40, 0, 1), ("update", 40, 1500, 9),
          ("rows", 40, 0, 2), ("rows", 40, 100, 2),
          ("updated", 40, 0, 1), ("start", 1, 150000, 2)]


class Store(KilledStore):
    def __init__(self, outcome, folder, seed, protected):
        super().__init__(outcome, folder, seed, protected, sections(
            cache={"flush_after": "0s", "flush_jitter": "0s"},
            snapshot={"every": "300ms"}), testing_binary())

    def begin(self):
        """Subscribes, before there is any file."""
        self.connect()
        self.service.terminate(120)
        self.stream = Stream(self.broker.port, SERIES, self.seed, RATE)
        self.stream.start()

    def round(self, number):
        self._life()
        if self.watch:
            self.watch.look(False)
        if number % 4 == 1:
            self.service.start(**self.environment)
            self.rest()

    def _life(self):
        """A start that ends inside the writer."""
        never = {"created"} if self.watch else set()
        if "RRDFLOW_TEST_OWN_ROWS" in self.environment:
            never.add("rows")
        points = [x for x in POINTS if x[0] not in never]
        step, latest, delay, _ = self.rng.choices(
            points, [x[3] for x in points])[0]
        count, delay = self.rng.randint(1, latest), self.rng.randint(0, delay)
        environment = dict(self.environment)
        if step != "rows" and self.rng.random() < 0.6:
            environment["RRDFLOW_TEST_OWN_ROWS"] = "off"
        if step == "start":
            self.service.start(wait=False, **environment)
            time.sleep(delay / 1e6)
            self.service.kill()
        else:
            self.service.start(wait=False, **environment,
                               RRDFLOW_TEST_KILL=f"{step}:{count}:{delay}")
            try:
                self.service.process.child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.service.kill()
                step = "no point"
        self.outcome.add(f"kills at {step}", 1)

    def end(self):
        if not self.watch:
            self.service.start(**self.environment)
            self.rest()
        super().end()


def run(rounds, seed, protected, folder):
    def make(outcome, place, number):
        return Store(outcome, place, seed * 1000 + number, protected)

    outcome = run_stores(make, rounds, ROUNDS_OF_A_STORE, protected, folder)
    # In a few rounds it is a matter of luck.
    if rounds >= ROUNDS_OF_A_STORE:
        outcome.check(outcome.figures["files torn by a kill"] >= rounds // 20,
                      "hardly a kill tore a file: this proves little")
    return outcome
