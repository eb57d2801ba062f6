"""An exception in any handler of any actor: the flow starts again from snapshot
and journal, the process stays up, nothing is lost. A message that makes an
actor throw each time is dead after two tries, and stays so on a replay; one
over which memory runs out a few times is not. The control never gives a message
up: the flow loops."""

import concurrent.futures
import random
import signal
import time

import oracle
from counters import check_counters, total
from harness import Failure, Mosquitto, check, testing_binary, wait_for
from outcome import Outcome
from publisher import Publisher
from service import Rrdflow, value_rule

ROUNDS = {"short": 18, "long": 300}
CONTROL = "a message is tried for ever"

# Which message of an actor is to throw, at most.
FLOW = {"mqtt-source": 8, "journal-keeper": 40, "decoder": 40, "catalog": 4,
        "cache-shard": 60, "rrd-writer": 8, "snapshotter": 12, "rotator": 2,
        "reaper": 1}
# These go on: the SUPERVISOR does not restart them.
PILLARS = {"http-server": 12, "supervisor": 12, "settings": 4,
           "janitoo-node": 4}
POISON = ("decoder", "catalog", "cache-shard")
POINTS = ([("once", x) for x in (*FLOW, *PILLARS)]
          + [("poison", x) for x in POISON]
          + [("file", "rrd-writer"), ("hungry", "cache-shard")])
SERIES, ROWS = 20, 30
EVIL = 666.25
WORKERS = 4


def sections(kind, actor, snapshots):
    return {
        "janitoo": {"enabled": actor == "janitoo-node", "hadd": "0014/0000",
                    "heartbeat": "1s"},
        "rule": [value_rule("x", "1s for 1d")],
        # The value that throws is of a slot that must not be sealed by then,
        # however slow the machine is.
        "cache": {"flush_after": "1s" if kind == "once" else "6s",
                  "flush_jitter": "0s", "shards": 2},
        "snapshot": {"every": snapshots},
        "reaper": {"after": "2s" if actor == "reaper" else "1h"},
        "writer": {"creates_per_second": 10000},
    }


class Loops(Failure):
    """The flow starts again and again."""


class Point:
    """One service, one place where it throws."""

    def __init__(self, kind, actor, seed, folder, broker, protected):
        self.kind, self.actor, self.protected = kind, actor, protected
        self.rng = random.Random(f"{seed} {kind} {actor}")
        self.service = Rrdflow(
            folder, broker.address,
            sections(kind, actor, "300ms" if kind == "once"
                     else self.rng.choice(("300ms", "1h"))),
            program=testing_binary())
        self.broker = broker
        self.base = int(time.time()) - 86400
        self.series = [oracle.Series(f"x/{i}", 1) for i in range(SERIES)]
        self.published = 0
        self.dead = 0

    def environment(self):
        if self.kind == "once":
            most = {**FLOW, **PILLARS}[self.actor]
            # The first message of settings is the flow.
            least = 2 if self.actor == "settings" else 1
            where = f"{self.actor}:{self.rng.randint(least, most)}"
        else:
            evil = {"decoder": "x/poison", "catalog": "x/poison"}
            actor = "hungry" if self.kind == "hungry" else self.actor
            where = f"{actor}={evil.get(self.actor, EVIL)}"
        result = {"RRDFLOW_TEST_THROW": where}
        if not self.protected:
            result["RRDFLOW_TEST_VERDICTS"] = "off"
        return result

    def publish(self, publisher, row):
        slot = self.base + row
        for i, s in enumerate(self.series):
            value = i * 1000 + row + 0.5
            s.add(slot * 1000, value)
            publisher.publish(s.name, f'{{"ts": {slot}, "v": {value}}}')

    def publish_evil(self, publisher):
        """The message over which the actor throws."""
        slot = self.base + ROWS // 2
        topic = "x/poison" if self.actor in ("decoder", "catalog") else "x/3"
        publisher.publish(topic, f'{{"ts": {slot}, "v": {EVIL}}}')
        if self.kind in ("file", "hungry"):
            self.series[3].add(slot * 1000, EVIL)
        else:
            self.dead += 1

    def publish_all(self):
        evil = self.rng.randrange(ROWS)
        with Publisher(self.broker.port) as publisher:
            for row in range(ROWS):
                self.publish(publisher, row)
                if self.kind != "once" and row == max(evil, ROWS // 2):
                    self.publish_evil(publisher)
                publisher.drain()
                time.sleep(0.02 if self.kind == "once" else 0)
            self.published = publisher.drain()

    def restarts(self, actor=None):
        m = self.service.metrics()
        labels = {"actor": actor} if actor else {}
        return total(m, "restarts_total", **labels)

    def begin(self):
        environment = self.environment()
        self.service.start(**environment)
        self.service.wait_connected()
        self.publish_all()
        return environment

    def check_values(self):
        self.service.wait_taken(self.published)
        self.service.flush()
        m = self.service.wait_rest()
        check_counters(m)
        dead = total(m, "messages_dead_total")
        check(dead == self.dead, f"{dead:.0f} messages are dead")
        check(total(m, "messages_dead_total", reason="poison") == dead,
              "dead for another reason")
        for s in self.series:
            s.flush(time.time())
            verdict = oracle.examine(self.service.rrd(s.name), s)
            check(verdict.good, f"{s.name}: {verdict}")
        return m

    def log(self):
        return self.service.log.read_text(errors="replace")

    def run(self):
        with self.service:
            result = getattr(self, f"run_{self.kind}")()
            check(self.service.process.alive(), "the process has ended")
            self.service.terminate()
            return result

    def run_once(self):
        self.begin()
        if self.actor in PILLARS:
            wait_for("it goes on", self.goes_on)
            if self.actor == "settings":
                self.check_reload()
        else:
            wait_for(f"the {self.actor} has died",
                     lambda: self.restarts(self.actor) == 1)
        wait_for("ready again", self.service.ready)
        m = self.check_values()
        check("thrown by a test" in self.log(), "the log does not say why")
        return total(m, "restarts_total")

    def goes_on(self):
        if self.actor == "settings":
            self.service.process.child.send_signal(signal.SIGHUP)
        return self.service.metrics() and f"{self.actor}: " in self.log() \
            and "it goes on" in self.log()

    def check_reload(self):
        """The configuration is read as before."""
        def times():
            return self.log().count("are in force from here on")
        before = times()
        self.service.process.child.send_signal(signal.SIGHUP)
        wait_for("the file is read", lambda: times() > before)

    def run_poison(self):
        environment = self.begin()
        if not self.protected:
            return self.run_loop()
        wait_for("a message is dead", lambda: total(
            self.service.metrics(), "messages_dead_total") == 1)
        wait_for("ready again", self.service.ready)
        self.check_values()
        restarts = self.restarts(self.actor)
        check(restarts == 2, f"{restarts:.0f} restarts")
        dead = self.service.get("/api/v1/dead")
        check("poison" in str(dead) and str(EVIL) in str(dead),
              f"/api/v1/dead: {dead}")
        check("of the journal is dead" in self.log(), "the log does not say so")
        # All since the last snapshot is replayed, the message, perhaps,
        # included.
        self.service.kill()
        self.service.start(**environment)
        self.check_values()
        check(self.restarts() == 0, "the replay ends over it again")
        return restarts

    def run_hungry(self):
        """Short of memory three times, then not: nothing is given up."""
        self.begin()
        wait_for("memory was short three times",
                 lambda: self.restarts(self.actor) == 3)
        wait_for("ready again", self.service.ready)
        self.check_values()
        return self.restarts()

    def run_loop(self):
        """Without a verdict it dies over the message again and again."""
        end = time.monotonic() + 90
        while self.restarts() < 4 and time.monotonic() < end:
            time.sleep(0.5)
        m = self.service.metrics()
        waiting = self.published - total(m, "messages_decoded_total")
        restarts = total(m, "restarts_total")
        if restarts >= 4 and waiting > 0:
            raise Loops(f"{restarts:.0f} restarts, and {waiting:.0f} "
                        "messages wait")
        return restarts

    def run_file(self):
        """A file over which RRD_WRITER throws suffers alone."""
        self.begin()
        self.service.wait_taken(self.published)
        wait_for("all other rows are written", lambda: total(
            self.service.metrics(), "rows_written_total")
            >= (SERIES - 1) * (ROWS - 1))
        check(self.restarts() == 0, "the flow has started again")
        wait_for("the log names the file",
                 lambda: "x/3.rrd: thrown by a test" in self.log())
        self.service.kill()
        self.service.start()
        self.check_values()
        return 0


def attempt(kind, actor, seed, folder, broker, protected):
    """Returns the restarts, or what is wrong. In a control only the loop is:
    that must come."""
    try:
        point = Point(kind, actor, seed, folder, broker, protected)
        restarts = point.run()
        check(protected, f"{actor}: without a verdict the flow goes on")
        return restarts, None
    except (Failure, OSError) as e:
        if not protected and not isinstance(e, Loops):
            raise
        return 0, f"{actor} ({kind}): {e}"


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    points = [POINTS[i % len(POINTS)] + (f"{seed}.{i // len(POINTS)}",)
              for i in range(rounds)]
    if not protected:
        points = [("poison", x, str(seed)) for x in POISON]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        def one(numbered):
            i, (kind, actor, point_seed) = numbered
            with Mosquitto(folder / f"broker-{i}") as broker:
                return attempt(kind, actor, point_seed, folder / f"{i}",
                               broker, protected)
        for (kind, _, _), (restarts, wrong) in zip(
                points, pool.map(one, enumerate(points))):
            outcome.add(f"points, {kind}", 1)
            outcome.add("restarts", int(restarts))
            if wrong:
                outcome.lose(wrong)
    return outcome
