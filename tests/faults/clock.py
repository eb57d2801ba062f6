"""The clock steps by an hour while the service runs, and starts a day behind.

Two kinds of sensors send one reading a second: those of one kind say its time,
which is right whatever the service's clock does; those of the other leave it to
the service, whose time of arrival follows the clock forward and goes on by the
boot clock when that steps back (actors/journal/arrival_clock.hpp). Both kinds
must be in the files, each reading in its slot, and nothing else, e.g. nothing
beyond the last. At a start with the clock behind the journal's last arrival
nothing is taken, /readyz says why, a flush is done nevertheless, and intake goes
on by itself when the clock is right. The clock is that of e2e/clock_shim.cpp.
"""

import math
import random
import time

import oracle
import rrdtool
from counters import check_counters, total
from harness import Mosquitto, testing_binary, wait_for
from outcome import Outcome
from publisher import publish_all
from service import Rrdflow, value_rule
from simulated_clock import SimulatedClock

ROUNDS = {"short": 1, "long": 20}
CONTROL = "messages arrive by the wall clock alone"
# In a round, and seconds that follow each.
STEPS = {"short": 2, "long": 6}
SECONDS = {"short": 1, "long": 2}
SERIES = 10
HOUR, DAY = 3600, 86400


def rule(name, clock, rows):
    return value_rule(name, f"RRA:AVERAGE:0.5:1:{rows}", "RRA:LAST:0.5:60:90",
                      time=clock, fill="none")


def sections():
    # Arrivals are as far apart as the clock steps, in all.
    return {"rule": [rule("told", "ts", 5000),
                     rule("arrived", "arrival", 60000)],
            "cache": {"flush_after": "1s", "flush_jitter": "0s"},
            "snapshot": {"every": "1s"},
            "writer": {"creates_per_second": 10000}}


class Sensors:
    """What was sent, and in which slots the arrivals may be."""

    def __init__(self, port, clock):
        self.port, self.clock = port, clock
        self.ahead = 0
        self.sent = self.slot = 0
        self.told = [oracle.Series(f"told/{i}", 1, fill="none")
                     for i in range(SERIES)]
        self.windows = []

    def arrival(self):
        """Now, as the service should count it: its clock's furthest step
        counts."""
        self.ahead = max(self.ahead, self.clock.offset / 1e9)
        return time.time() + self.ahead

    def publish(self):
        """One reading of each, early in a slot of its own."""
        while (math.ceil(self.arrival()) <= self.last_slot()
               or math.ceil(time.time()) <= self.slot
               or not 0.1 < self.arrival() % 1 < 0.4):
            time.sleep(0.01)
        self.slot, number = math.ceil(time.time()), len(self.windows) + 1
        messages = []
        for i, series in enumerate(self.told):
            value = number + i / 64
            series.add(self.slot * 1000, value)
            messages.append((series.name,
                             f'{{"ts": {self.slot}, "v": {value!r}}}'))
            messages.append((f"arrived/{i}", f'{{"v": {value!r}}}'))
        self.windows.append([math.ceil(self.arrival()), None])
        publish_all(self.port, messages)
        self.sent += len(messages)

    def last_slot(self):
        return max((x for w in self.windows for x in w if x), default=0)

    def arrived(self):
        """All that was published is in the journal."""
        self.windows[-1][1] = math.ceil(self.arrival())


class Round:
    def __init__(self, folder, form, rng, protected, outcome):
        self.folder, self.form, self.rng = folder, form, rng
        self.outcome = outcome
        self.clock = SimulatedClock(folder / "clock")
        self.protected = protected
        self.program = None if protected else testing_binary()
        self.environment = self.clock.environment()
        if not protected:
            self.environment["RRDFLOW_TEST_ARRIVAL_CLOCK"] = "off"

    def run(self):
        with Mosquitto(self.folder / "broker") as self.broker, \
                Rrdflow(self.folder, self.broker.address, sections(),
                        program=self.program) as self.service:
            self.service.start(**self.environment)
            self.sensors = Sensors(self.broker.port, self.clock)
            self.service.wait_connected()
            self._work()
            for step in self._steps():
                self.clock.step(step)
                self.outcome.add("steps", 1)
                self._work()
            self._start_behind()
            self._work()
            self._last_look()

    def _steps(self):
        """Back and forth; the last one is back."""
        # Beside the hour: what NTP does.
        sizes = (HOUR, HOUR, HOUR, 2 * HOUR, 40, 3, 0.3)
        result = [self.rng.choice((-1, 1)) * self.rng.choice(sizes)
                  for _ in range(STEPS[self.form] - 2)]
        return result + [HOUR, -2 * HOUR]

    def _work(self):
        for _ in range(SECONDS[self.form]):
            self.sensors.publish()
            self.service.wait_taken(self.sensors.sent)
            self.sensors.arrived()

    def _start_behind(self):
        """The clock a day behind, at a start after a kill or a good end."""
        service, sensors = self.service, self.sensors
        # What is sent again would arrive anew.
        self.broker.wait_acknowledged("told/", "arrived/")
        if self.rng.random() < 0.5:
            service.kill()
        else:
            service.terminate()
        self.clock.step(-DAY)
        service.start(wait=False, **self.environment)
        wait_for("it answers", service.answers)
        if self.protected:
            wait_for("a stall is shown", lambda: total(
                service.metrics(), "stalled", reason="clock") == 1)
        ready, why = service.http("GET", "/readyz")
        sensors.publish()
        time.sleep(0.5)
        taken = total(service.metrics(), "messages_taken_total")
        check_ = self.outcome.check
        check_(ready == 503 and b"clock" in why,
               f"a day behind, /readyz says {ready} {why!r}")
        check_(taken == sensors.sent - 2 * SERIES,
               f"a day behind, {taken - sensors.sent + 2 * SERIES:.0f} "
               "messages are taken")
        service.flush()
        # Right again, that is where arrivals were.
        self.clock.step(sensors.ahead - self.clock.offset / 1e9)
        sensors.windows[-1][0] = math.ceil(sensors.arrival())
        service.wait_taken(sensors.sent)
        sensors.arrived()
        wait_for("/readyz says yes", service.ready)
        self.outcome.add("starts a day behind", 1)

    def _last_look(self):
        time.sleep(1)  # The running slot is over.
        service, outcome = self.service, self.outcome
        service.flush()
        metrics = service.wait_rest()
        outcome.add("messages", self.sensors.sent)
        for name in ("samples_late_total", "samples_refused_total"):
            count = int(total(metrics, name))
            outcome.check(count == 0, f"{name} is {count}")
        for series in self.sensors.told:
            series.flush(time.time() + 2)
            verdict = oracle.examine(service.rrd(series.name), series,
                                     self.folder / "copy.rrd")
            outcome.check(verdict.good, f"{series.name}: {verdict}")
            self._bounded(series.name, series.sealed_until)
        for i in range(SERIES):
            self._look_at_arrivals(i)
        check_counters(metrics)
        service.terminate()

    def _bounded(self, name, newest):
        last = int(rrdtool.info(self.service.rrd(name))["last_update"])
        self.outcome.check(last <= newest, f"{name}: written up to {last}, "
                                           f"{last - newest} s too far")

    def _look_at_arrivals(self, i):
        name, windows = f"arrived/{i}", self.sensors.windows
        begin, end = windows[0][0] - 5, windows[-1][1] + 5
        rows, _ = rrdtool.fetch(self.service.rrd(name), begin, end, 1)
        found = {t: v for t, (v,) in rows.items() if not math.isnan(v)}
        for number, (low, high) in enumerate(windows, 1):
            value = number + i / 64
            slots = [t for t in range(low, high + 1) if found.get(t) == value]
            if self.outcome.check(slots, f"{name}: {value} is not in the slots "
                                         f"{low} to {high}"):
                del found[slots[0]]
        self.outcome.check(not found, f"{name}: {len(found)} rows that were "
                                      f"not sent, {list(found.items())[:3]}")
        self._bounded(name, windows[-1][1])


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    form = "long" if rounds > ROUNDS["short"] else "short"
    # What the control can show, it shows in one.
    for i in range(rounds if protected else 1):
        place = folder / str(i)
        place.mkdir()
        Round(place, form, random.Random(seed * 1000 + i), protected,
              outcome).run()
    return outcome
