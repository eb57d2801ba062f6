"""Power cuts in a recorded life: each prefix, each kind of write alone or late.

Where power_loss.py and power_points.py cut the power of lives, this records
lives (power_recording.py): the program is stopped before and after each sync,
and what the store and its disk are then is kept. Then the power goes at any of
these moments, again and again, and leaves of what was under way nothing, all,
one kind of file alone, all but one kind, or a random part of the pages and
names (power_prefix.py). So each order is tried in which these may reach the
disk: headers before their undo log, rows before the journal, files before their
names, a snapshot before what it stands for. The service starts on what is left,
and what is missing is judged as in power_loss.py.

One life in three is a start after a cut, in which the service mends and writes
what it finds; after a cut of that, nothing may be missing that was there.

The control has a disk that lies about one kind of sync while it is recorded.
"""

import random
import time
from pathlib import Path

import power_store
from counters import mismatches, total
from harness import Failure, Mosquitto, check, wait_for
from outcome import Outcome
from power_disk import PowerDisk
from power_loss import SKIPPED
from power_prefix import Any, choices
from power_recording import Recording
from power_stream import Stream, key
from service import Rrdflow, merged
from tap import Tap

# Starts on what a cut has left.
ROUNDS = {"short": 18, "long": 1800}
CONTROL = "one kind of sync that does not reach the disk"
# How many starts a control may need before it shows something.
PATIENCE = 200
# Of a recorded life, in seconds that the program runs.
LIFE = {"short": 2, "long": 5}
SERIES = 8
# Which of the syncs of the journal count.
EACH = {"200ms": "1", "always": "40"}


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    form = "long" if rounds > ROUNDS["short"] else "short"
    if not protected:
        found = [lie(folder / x, form, x, seed, outcome)
                 for x in (SKIPPED[:1] if form == "short" else SKIPPED)]
        outcome.lost = min(found) and sum(found)
        return outcome
    for i, sync in enumerate(("200ms", "always")):
        with Life(folder / sync, sync, "", seed + i, outcome) as life:
            life.record(LIFE[form])
            life.cut(rounds // 3)
            life.record_start()
            life.cut(rounds // 6)
    return outcome


def lie(folder, form, skip, seed, outcome):
    """Returns how many losses there were."""
    found = Outcome()
    try:
        with Life(folder, "200ms", skip, seed, found) as life:
            life.record(LIFE[form])
            life.cut(PATIENCE)
    except Failure as e:
        # Whatever that is, no loss was seen.
        print(f"  without {skip}: {e}", flush=True)
    outcome.figures[f"without {skip}: losses"] = found.lost
    for text in found.losses[:2] or ["nothing shows it"]:
        outcome.lose(f"without {skip}: {text}")
    return found.lost


class Life:
    """A store, the recording of a life, and starts on what cuts leave of it."""

    def __init__(self, folder, sync, skip, seed, outcome):
        self.folder = Path(folder)
        self.sync, self.skip, self.outcome = sync, skip, outcome
        self.rng = random.Random(seed)
        self.kept = self.folder / "kept"
        self.recording = None
        # Of the last recording.
        self.prefixes, self.slack = [], 0
        self.acknowledged = {}
        # What was there after a cut must be there after the next one.
        self.there = None

    def __enter__(self):
        self.broker = Mosquitto(self.folder / "broker").__enter__()
        # Has no messages for those who start on what a cut has left.
        self.empty = Mosquitto(self.folder / "empty").__enter__()
        self.tap = Tap(self.broker.port, key, kept=600).__enter__()
        self.stream = Stream(self.broker.port, power_store.RATE,
                             self.rng.random())
        self.service = Rrdflow(self.folder / "service", self.tap.address)
        self.disk = PowerDisk(self.service.store, self.folder / "disk")
        return self

    def __exit__(self, *error):
        self.service.__exit__(*error)
        for x in (self.tap, self.empty, self.broker):
            x.__exit__(*error)

    def record(self, seconds):
        """A life from the store's making on, with messages."""
        self._start(self.tap.address)
        self._wait_until("connected", lambda: total(
            self.service.metrics(), "mqtt_connected") == 1)
        self.stream.grow(SERIES)
        self.stream.start()
        self._run_for(seconds)
        acknowledged = self.tap.recent()
        self.stream.finish()
        clock = self.recording.clock
        self.acknowledged = {k: clock.at(t) for k, t in acknowledged.items()}
        self.outcome.add("messages acknowledged", len(acknowledged))

    def record_start(self):
        """The start after a cut of the life before, with enough to do."""
        prefix = self.prefixes[len(self.prefixes) * 3 // 4]
        seed = self.rng.random()
        for look in (True, False):
            choice = Any(random.Random(seed))
            prefix.lay_out(self.service.store, self.kept, choice)
            if look:
                self._examine(prefix, choice, keep=True)
        self.disk.renew()
        self._start(self.empty.address)
        self._wait_until("ready", self.service.ready)
        self._run_for(2)

    def cut(self, times):
        """Cuts the power at so many of the moments, and looks at what the
        service makes of what is left."""
        every = [(x, y) for x in self.prefixes
                 for y in choices(self.rng, 4)]
        self.rng.shuffle(every)
        for prefix, choice in every[:times]:
            prefix.lay_out(self.service.store, self.kept, choice)
            self._examine(prefix, choice)
            self.outcome.add("starts after a cut", 1)
            if self.skip and self.outcome.lost:
                break

    def _start(self, address):
        self._configure(address)
        self.service.start(wait=False, RRDFLOW_SHIM_STOP=EACH[self.sync],
                           **self.disk.environment(
                               power_store.disk_library(),
                               self.rng.getrandbits(32), skip=self.skip))
        self.recording = Recording(self.service.process, self.disk, self.kept)
        self.recording.start()

    def _configure(self, address):
        self.service.configure(merged(power_store.sections(self.sync),
                                      {"mqtt": {"broker": address}}))

    def _wait_until(self, what, condition):
        def met():
            try:
                return condition()
            except OSError:
                return False
        wait_for(what, met, 120, 0.01)

    def _run_for(self, seconds):
        """Seconds that the program runs; then it ends."""
        clock = self.recording.clock
        end = clock.at(time.monotonic()) + seconds
        while clock.at(time.monotonic()) < end:
            check(self.service.process.alive(), "the service has ended")
            time.sleep(0.01)
        self.service.kill()
        self.prefixes = self.recording.finish()
        self.slack = self.recording.slack()
        self.tap.settle()
        self.outcome.add("moments recorded", len(self.prefixes))

    def _examine(self, prefix, choice, keep=False):
        service = self.service
        self._configure(self.empty.address)
        service.start()
        service.flush()
        for text in mismatches(service.metrics()):
            raise Failure(text)
        missing, wrong = self.stream.examine(service, self.folder / "copy.rrd")
        bad = sorted(x.name for x in (service.store / "bad").iterdir())
        service.kill()
        at = f"{prefix.label} at {prefix.when:.3f}, {choice} on the disk"
        for name, verdict in wrong:
            self.outcome.lose(f"{at}: {name}: {verdict}")
        for name in bad:
            self.outcome.lose(f"{at}: damaged: {name}")
        for x in missing:
            self._judge(prefix, at, x)
        self.outcome.add("files compared", len(self.stream.sent))
        if keep:
            self.there = self._all() - set(missing)

    def _all(self):
        return {(f"p/{i}", x) for i, slots in enumerate(self.stream.sent)
                for x in slots[1:]}

    def _judge(self, prefix, at, lost):
        if self.there is not None:
            if lost in self.there:
                self.outcome.lose(f"{at}: {lost[0]} at {lost[1]} was there "
                                  "before the cut")
            return
        age = prefix.when - self.acknowledged.get(lost, prefix.when + 1)
        if age < 0:
            return
        text = (f"{at}: {lost[0]} at {lost[1]} is missing, acknowledged "
                f"{age:.3f} s before")
        self.outcome.add("missing")
        if self.sync == "always":
            self.outcome.lose(text)
        elif age > power_store.SYNC + self.slack:
            self.outcome.lose(f"{text}; a sync and scheduling took "
                              f"{self.slack:.3f} s")
        else:
            self.outcome.raise_to("oldest of these, seconds before its cut",
                                  round(age, 3))
