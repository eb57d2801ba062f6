"""kill -9 and restart of the broker, with and without the session.

Three kinds of rounds in turn, while a stream goes on:

  session     the broker comes back with what it had saved
  no session  its database is gone, too
  away        the service is killed first, and is started after the broker

Saved is what the broker acknowledged before it was told (SIGUSR1) to write its
database, once that is written. mosquitto acknowledges before it saves: what
came in between it may lose, and that is counted here; all else must be in the
files. Without a session nothing is saved, and certain is what was seen in the
service before the kill, and what came after it had subscribed again.
"""

import math
import os
import random
import shutil
import signal
import time

import rrdtool
from counters import total
from harness import Mosquitto, check, testing_binary, wait_for
from outcome import Outcome
from rows import balance, examine
from service import Rrdflow
from stream import Stream, sections

ROUNDS = {"short": 3, "long": 100}
CONTROL = 'session_expiry = "0s"'
SERIES = 30
RATE = 1500
KINDS = ("session", "no session", "away")
# Seconds after the broker's return within which the service is subscribed
# again, plus what it waited for a processor meanwhile.
PROMISE = 2.0


class Store:
    def __init__(self, outcome, folder, seed, rng, version, protected):
        self.outcome = outcome
        self.protected = protected
        self.folder = folder
        self.seed = seed
        self.rng = rng
        self.broker = Mosquitto(folder / "broker")
        mqtt = {"version": version}
        if not protected:
            mqtt["session_expiry"] = "0s"
        self.service = Rrdflow(folder, self.broker.address,
                               sections(("none",), mqtt=mqtt),
                               program=testing_binary())
        self.back_after = []
        # Ranges of messages that the broker acknowledged and may have lost.
        self.doubtful = []

    def begin(self):
        self.service.start()
        self.wait_connected()
        # Without a row in between, a slot without a reading is unknown: the
        # file tells which of the doubtful messages came.
        self.stream = Stream(self.broker.port, SERIES, self.seed, RATE,
                             ("none",), patient=True)
        self.stream.start()

    def connected(self):
        return total(self.service.metrics(), "mqtt_connected") == 1

    def wait_connected(self):
        """Returns after how many seconds it is subscribed, and how many of them
        a busy machine let this test wait for a processor."""
        begin = time.monotonic()
        held_up = 0.0
        while not self.connected():
            check(time.monotonic() < begin + 120, "after 120 s not subscribed")
            asleep = time.monotonic()
            time.sleep(0.01)
            held_up += time.monotonic() - asleep - 0.01
        return time.monotonic() - begin, held_up

    def save(self):
        """Has the broker save; returns how many messages are safe then."""
        file = self.broker.folder / "mosquitto.db"
        before = file.stat().st_ino if file.exists() else None
        safe = self.stream.acknowledged
        os.kill(self.broker.process.child.pid, signal.SIGUSR1)
        wait_for("the broker's database", lambda: file.exists()
                 and file.stat().st_ino != before, 120, 0.01)
        return safe

    def seen(self):
        """Returns how many messages are in the service for certain. Nothing is
        published meanwhile."""
        m = self.stream.acknowledged - 1
        i, slot, value = self.stream.message(m)
        path = (f"/api/v1/data?series={self.stream.names[i]}"
                f"&from={slot - 1}&to={slot}&format=csv")

        def there():
            status, body = self.service.http("GET", path)
            return status == 200 and any(
                x.endswith(f",{value!r}".removesuffix(".0"))
                for x in body.decode().split())
        wait_for(f"the newest message, {path}", there, 120)
        return m + 1

    def kill_broker(self):
        time.sleep(self.rng.uniform(0, 0.3))
        self.broker.kill()

    def restart_broker(self):
        """Returns after how many seconds the service is back, if it lives."""
        lives = self.service.process.alive()
        if lives:
            wait_for("it notices", lambda: not self.connected(), interval=0.01)
        time.sleep(self.rng.uniform(0, 1))
        self.broker.start()
        if lives:
            took, held_up = self.wait_connected()
            self.back_after.append(took)
            self.outcome.add("back after more than 2 s", int(took > PROMISE))
            self.outcome.check(
                took <= PROMISE + held_up or not self.protected,
                f"subscribed {took:.2f} s after its return, while we waited "
                f"{held_up:.2f} s for a processor")

    def doubt(self, safe, breaks):
        """What was acknowledged between `safe` and the connection's end."""
        wait_for("the publisher is back",
                 lambda: len(self.stream.breaks) > breaks, 120)
        self.doubtful.append(range(safe, self.stream.breaks[-1]))

    def session(self):
        safe, breaks = self.save(), len(self.stream.breaks)
        self.kill_broker()
        self.restart_broker()
        self.doubt(safe, breaks)

    def no_session(self):
        self.stream.pause()
        safe = self.seen()
        self.stream.resume()
        self.kill_broker()
        for x in self.broker.folder.glob("mosquitto.db*"):
            x.unlink()
        # What is published before the subscription is lost.
        self.stream.going.clear()
        self.restart_broker()
        self.stream.pause()
        self.doubtful.append(range(safe, self.stream.acknowledged))
        self.stream.resume()

    def away(self):
        self.service.kill()
        time.sleep(self.rng.uniform(0.2, 0.6))
        safe, breaks = self.save(), len(self.stream.breaks)
        self.kill_broker()
        self.restart_broker()
        self.doubt(safe, breaks)
        self.service.start()
        self.wait_connected()

    def round(self, number):
        kind = KINDS[number % len(KINDS)]
        {"session": self.session, "no session": self.no_session,
         "away": self.away}[kind]()
        # Then a message comes that even the control gets.
        time.sleep(0.1)
        self.outcome.add(f"rounds, {kind}", 1)
        self.stream.check()

    def end(self):
        published = self.stream.finish()
        # The queue of the broker is in order: nothing comes after the newest.
        self.seen()
        self.service.wait_rest(300)
        self.service.flush()
        metrics = self.service.wait_rest(300)
        self.service.terminate(120)
        self.judge(published, metrics)

    def judge(self, published, metrics):
        """Which messages are there, and which should be."""
        there = bytearray(published)
        n = len(self.stream.names)
        for i, name in enumerate(self.stream.names):
            slots = [self.stream.message(m)[1] for m in range(i, published, n)]
            found, _ = rrdtool.fetch(self.service.rrd(name), slots[0] - 2,
                                     slots[-1] + 2, 1)
            for k, slot in enumerate(slots):
                there[k * n + i] = not math.isnan(found[slot][0])
        doubtful = bytearray(published)
        for x in self.doubtful:
            doubtful[x.start:x.stop] = b"\1" * len(x)
        missing = [m for m in range(published) if not there[m]]
        lost = [m for m in missing if not doubtful[m]]
        self.outcome.add("acknowledged, but not known to be saved",
                         sum(doubtful))
        self.outcome.add("of these lost by the broker",
                         len(missing) - len(lost))
        if lost:
            i, slot, _ = self.stream.message(lost[0])
            self.outcome.lose(f"{len(lost)} messages are lost, the first in "
                              f"{self.stream.names[i]} at {slot}", len(lost))
        balance(self.outcome, metrics, published, len(missing))
        examine(self.outcome, self.service, self.stream,
                self.folder / "copy.rrd",
                series=lambda i: self.stream.series(i, lambda m: there[m]))


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    slowest = []
    versions = ("5", "3.1.1") if rounds >= 10 and protected else ("5",)
    for number, version in enumerate(versions):
        place = folder / version
        rng = random.Random(seed + number)
        store = Store(outcome, place, seed + number, rng, version, protected)
        with store.broker, store.service:
            store.begin()
            for i in range(number, rounds, len(versions)):
                store.round(i // len(versions))
            store.end()
        slowest += store.back_after
        shutil.rmtree(place)
    slowest.sort()
    outcome.figures["back after, median (s)"] = round(
        slowest[len(slowest) // 2], 3)
    outcome.figures["back after, slowest (s)"] = round(slowest[-1], 3)
    return outcome
