"""Power cuts: what was not synced may be gone, pages reach the disk in any order.

The service runs on a disk of our own (shim/power_loss.cpp): what it syncs is
kept aside, and at a cut the store becomes that, and of everything else a random
part: pages, torn pages, sizes, names (power_disk.py). Cuts fall at random
times, and before and after the n-th sync of a life, the first ones of a new
store and of a restart included. A relay (tap.py) sees when the service
acknowledged what. With journal.sync = "200ms" only messages may be missing that
were acknowledged so short before a cut, plus what a sync and the machine's
scheduling were measured to take; with "always" none. What the service had not
acknowledged, the broker sends again: that must never be missing. A message that
vanished with its journal page has never been taken: the books are about those
that are left, and balance.

The control has a disk that lies about one kind of sync, each kind in turn.
"""

import random
import time
from pathlib import Path

from books import check_books, total
from harness import Failure, Mosquitto, binary, check, wait_for
from outcome import Outcome
from power_disk import PowerDisk
from power_stream import RULE, Stream, key
from service import Rrdflow
from tap import Tap

ROUNDS = {"short": 6, "long": 200}
# The long form's; the short one has time for the first.
SKIPPED = ("journal", "undo", "syncfs", "folder")
CONTROL = "one kind of sync that does not reach the disk"
# How many stores a control may need before it shows something.
PATIENCE = {"short": 4, "long": 20}
SYNC = 0.2
# Cuts of one store; then its files are compared.
CUTS = {"short": 3, "long": 8}
# Seconds from a start to a cut, at most.
LIFE = {"short": 1, "long": 3}
RATE = 1500
# Series more in each life.
GROWTH = 8


def library():
    path = Path(binary()).with_name("power_loss.so")
    check(path.exists(), f"no library {path}")
    return str(path)


def sections(sync):
    return {
        "rule": [RULE],
        "journal": {"segment_size": "1MiB", "sync": sync},
        "limits": {"payload": "16KiB"},
        "cache": {"flush_after": "1s", "flush_jitter": "1s"},
        "snapshot": {"every": "1s"},
        "writer": {"creates_per_second": 10000},
    }


class Cut:
    """When the power went, and what was acknowledged before in that life."""

    def __init__(self, when, acknowledged, log):
        self.when = when
        self.ages = {k: when - t for k, t in acknowledged.items()}
        took = [e - b for b, e, kind in log if kind == "journal"]
        late = [e - b for b, e, kind in log if kind == "late"]
        self.slack = 2 * max(took, default=0) + max(late, default=0) + 0.05


class Store:
    """One store from its making through several cuts to its last look."""

    def __init__(self, folder, form, sync, skip, seed, outcome):
        self.folder, self.form = Path(folder), form
        self.sync, self.skip, self.outcome = sync, skip, outcome
        self.rng = random.Random(seed)
        self.cuts = []

    def run(self, cuts):
        with Mosquitto(self.folder / "broker") as broker, \
                Tap(broker.port, key) as self.tap, \
                Rrdflow(self.folder / "service", self.tap.address,
                        sections(self.sync)) as self.service:
            self.disk = PowerDisk(self.service.store, self.folder / "disk")
            # The first cuts of a store fall while it is made.
            self._life(f"{self.rng.randrange(1, 20)}:"
                       f"{self.rng.choice(('before', 'after'))}")
            self._start("", ready=1)
            wait_for("connected to the broker", lambda: total(
                self.service.metrics(), "mqtt_connected") == 1)
            self.stream = Stream(broker.port, RATE, self.rng.random())
            self.stream.grow(GROWTH)
            self.stream.start()
            self._end_by_time()
            for _ in range(cuts - 2):
                self.stream.grow(GROWTH)
                self._life(self._point())
            self._last_look()

    def _point(self):
        """The n-th sync of a life, or any time."""
        if self.skip or self.rng.random() < 0.4:
            return ""
        number = int(2 ** self.rng.uniform(0, 6))
        return f"{number}:{self.rng.choice(('before', 'after'))}"

    def _start(self, point, ready=0.8):
        """Waits until it is ready, as often as `ready` says."""
        self.service.start(wait=False, **self.disk.environment(
            library(), self.rng.getrandbits(32), point, self.skip))
        if point == "" and self.rng.random() < ready:
            wait_for("/readyz says yes", self.service.ready, 30, 0.01)

    def _life(self, point):
        self._start(point)
        self._end_by_time()

    def _end_by_time(self):
        """Waits for the cut; if there is none by then, makes it."""
        least = 0.7 if self.skip else 0.2
        end = time.monotonic() + self.rng.uniform(least, LIFE[self.form])
        while time.monotonic() < end and self.service.process.alive():
            time.sleep(0.005)
        when = time.monotonic()
        self.service.kill()
        self.tap.settle()
        log = self.disk.log()
        cuts = [b for b, _, kind in log if kind == "cut"]
        self.cuts.append(Cut(cuts[0] if cuts else when, self.tap.recent(),
                             log))
        self.tap.forget()
        self.outcome.add("power cuts", 1)
        self.outcome.add("of these at a sync", len(cuts))
        for _, _, kind in log:
            if kind == "unknown":
                raise Failure("a sync that the shim does not know")
            if kind not in ("cut", "late"):
                self.outcome.add("syncs", 1)
        for name, count in self.disk.cut(self.rng).items():
            self.outcome.add(name, count)

    def _last_look(self):
        last = self.stream.finish()
        service = self.service
        service.start(timeout=60)
        wait_for("the last message is acknowledged",
                 lambda: last in self.tap.recent(), 60)
        # A flush is a record: it comes after all messages.
        service.flush()
        metrics = service.wait_rest()
        check_books(metrics)
        missing, wrong = self.stream.examine(service, self.folder / "copy.rrd")
        bad = sorted((service.store / "bad").iterdir())
        service.terminate()
        self._judge(missing, wrong, bad)

    def _judge(self, missing, wrong, bad):
        outcome = self.outcome
        kind = f'sync = "{self.sync}"'
        outcome.add(f"messages, {kind}", self.stream.count)
        outcome.add(f"missing, {kind}", len(missing))
        outcome.add("files compared", len(self.stream.sent))
        for name, verdict in wrong:
            outcome.lose(f"{name}: {verdict}")
        for path in bad:
            outcome.lose(f"damaged: {path.name}")
        for lost in missing:
            reason = self._excuse(lost)
            if reason:
                outcome.lose(f"{lost[0]} at {lost[1]} is missing: {reason}")

    def _excuse(self, lost):
        """Why a message may not be missing; nothing if it may."""
        ages = [(c.ages[lost] - c.slack, c.ages[lost], c) for c in self.cuts
                if lost in c.ages]
        if not ages:
            return "it was not acknowledged within 10 s of a cut"
        over, age, cut = min(ages, key=lambda x: x[0])
        if self.sync == "always":
            return f"acknowledged {age:.3f} s before a cut"
        if over > SYNC:
            return (f"acknowledged {age:.3f} s before a cut; a sync and "
                    f"scheduling took {cut.slack:.3f} s")
        figures = self.outcome.figures
        name = "oldest of these, seconds before its cut"
        figures[name] = max(figures.get(name, 0), round(age, 3))
        return None


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    form = "long" if rounds > ROUNDS["short"] else "short"
    if not protected:
        lies = [lie(folder, form, skip, seed, outcome)
                for skip in (SKIPPED[:1] if form == "short" else SKIPPED)]
        # Every one must be seen.
        outcome.lost = min(lies) and sum(lies)
        return outcome
    for i, begin in enumerate(range(0, rounds, CUTS[form])):
        sync = ("200ms", "always")[i % 2]
        cuts = min(CUTS[form], rounds - begin)
        Store(folder / str(i), form, sync, "", seed * 1000 + i,
              outcome).run(max(3, cuts))
    return outcome


def lie(folder, form, skip, seed, outcome):
    """A disk that lies about one kind of sync, until that is seen; returns how
    many losses there were."""
    found = Outcome()
    for i in range(PATIENCE[form]):
        store = Store(folder / f"{skip}-{i}", form, "200ms", skip,
                      seed * 1000 + i, found)
        try:
            store.run(CUTS[form])
        except Failure as e:
            found.lose(str(e))
        if found.lost:
            break
    outcome.figures[f"without {skip}: cuts"] = found.figures["power cuts"]
    outcome.figures[f"without {skip}: losses"] = found.lost
    for text in found.losses[:2] or ["nothing shows it"]:
        outcome.lose(f"without {skip}: {text}")
    return found.lost
