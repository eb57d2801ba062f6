"""A store whose power is cut again and again, on a simulated disk, and what of
it may be missing afterwards; see power_loss.py."""

import contextlib
import random
import time
from pathlib import Path

from counters import check_counters, total
from harness import Mosquitto, binary, check, wait_for
from power_disk import PowerDisk
from power_stream import RULE, Stream, key
from service import Rrdflow
from tap import Tap

SYNC = 0.2
RATE = 1500
# Series more in each life.
GROWTH = 8


def disk_library():
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

    def __init__(self, folder, life, sync, skip, seed, outcome):
        """A life is at most so many seconds long."""
        self.folder, self.life = Path(folder), life
        self.sync, self.skip, self.outcome = sync, skip, outcome
        self.rng = random.Random(seed)
        self.cuts = []
        self.stream = None

    def run(self, cuts):
        """The first of the cuts fall while the store is made."""
        with self._open():
            self._life(f"{self.rng.randrange(1, 20)}:"
                       f"{self.rng.choice(('before', 'after'))}")
            self._begin("")
            self._end_by_time()
            for _ in range(cuts - 2):
                self.stream.grow(GROWTH)
                self._life(self._point())
            self._last_look()

    def run_to(self, point):
        """One cut in the store's first life, and one in another if the first
        life was too short to take a message."""
        with self._open():
            self._begin(point)
            self._end_by_time(self.life)
            if not self.stream:
                self._begin("")
                self._end_by_time(1)
            self._last_look()

    @contextlib.contextmanager
    def _open(self):
        with Mosquitto(self.folder / "broker") as self.broker, \
                Tap(self.broker.port, key) as self.tap, \
                Rrdflow(self.folder / "service", self.tap.address,
                        sections(self.sync)) as self.service:
            self.disk = PowerDisk(self.service.store, self.folder / "disk")
            yield

    def _begin(self, point):
        """A life in which the stream begins, if it comes to that."""
        self._start(point, ready=0)
        if wait_for("connected to the broker", self._connected) == "gone":
            return
        self.stream = Stream(self.broker.port, RATE, self.rng.random())
        self.stream.grow(GROWTH)
        self.stream.start()

    def _connected(self):
        """The power may go before."""
        if not self.service.process.alive():
            return "gone"
        try:
            metrics = self.service.metrics()
        except OSError:
            return None
        return "yes" if total(metrics, "mqtt_connected") == 1 else None

    def _point(self):
        """The n-th sync of a life, or any time."""
        if self.skip or self.rng.random() < 0.4:
            return ""
        number = int(2 ** self.rng.uniform(0, 6))
        return f"{number}:{self.rng.choice(('before', 'after'))}"

    def _start(self, point, ready=0.8):
        """Waits until it is ready, as often as `ready` says."""
        self.service.start(wait=False, **self.disk.environment(
            disk_library(), self.rng.getrandbits(32), point, self.skip))
        if point == "" and self.rng.random() < ready:
            wait_for("/readyz says yes", self.service.ready, 120, 0.01)

    def _life(self, point):
        self._start(point)
        self._end_by_time()

    def _end_by_time(self, seconds=None):
        """Waits for the cut; if there is none by then, makes it."""
        least = min(self.life, 0.7 if self.skip else 0.2)
        end = time.monotonic() + (
            seconds or self.rng.uniform(least, self.life))
        while time.monotonic() < end and self.service.process.alive():
            time.sleep(0.005)
        when = time.monotonic()
        self.service.kill()
        self.tap.settle()
        log = self.disk.log()
        cuts = [x for x in log if x[2].startswith("cut")]
        self.cuts.append(Cut(cuts[0][0] if cuts else when, self.tap.recent(),
                             log))
        self.tap.forget()
        self.outcome.add("power cuts", 1)
        for _, _, kind in cuts:
            self.outcome.add(f"at a sync of kind {kind[4:]}", 1)
        for _, _, kind in log:
            check(kind != "unknown", "a sync that the shim does not know")
            if kind != "late":
                self.outcome.add("syncs", 1)
        for name, count in self.disk.cut(self.rng).items():
            self.outcome.add(name, count)

    def _last_look(self):
        last = self.stream.finish()
        service = self.service
        service.start()
        wait_for("the last message is acknowledged",
                 lambda: last in self.tap.recent())
        # A flush is a record: it comes after all messages.
        service.flush()
        metrics = service.wait_rest()
        check_counters(metrics)
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
        self.outcome.raise_to("oldest of these, seconds before its cut",
                              round(age, 3))
        return None
