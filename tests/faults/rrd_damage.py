"""Damaged RRD files: headers changed, cut off, foreign, links, FIFOs, folders,
no permission.

The writer itself gets all of them, in child processes that are not root; the
real program gets some. A damaged file must go to bad/ or be refused with a
reason; no signal, and all other files as they should be.
"""

import os
import random
import subprocess
import time

import oracle
from counters import mismatches
from harness import Mosquitto, check
from outcome import Outcome
from programs import program, run_all
from publisher import Publisher
from service import Rrdflow, value_rule

# Mutants.
ROUNDS = {"short": 800, "long": 10000}
CONTROL = "without the check of headers"
SERIES = 40
BATCH = 1000


def sections():
    return {
        "rule": [value_rule("d", "1s for 1h", "10s for 2h")],
        "cache": {"flush_after": "1h"},
        "limits": {"disk_reserve": "1MiB"},
        "writer": {"creates_per_second": 10000},
    }


def run_writer(outcome, rounds, seed, protected):
    if not protected:
        run_all(outcome, [[program("rrd_damage"), seed, 100, "unchecked"]])
        return
    batches = [(seed * 100 + i, min(BATCH, rounds - i * BATCH))
               for i in range(-(-rounds // BATCH))]
    run_all(outcome, [[program("rrd_damage"), s, n] for s, n in batches])


class Files:
    """The real program, and files of which some are damaged now and then."""

    def __init__(self, service, port):
        self.service, self.port = service, port
        self.series = [oracle.Series(f"d/{i}", 1) for i in range(SERIES)]
        self.slot = int(time.time()) - 7200
        self.sent = 0
        self.damaged = set()

    def write(self, n):
        with Publisher(self.port) as publisher:
            for _ in range(n):
                self.slot += 1
                for i, s in enumerate(self.series):
                    value = (self.slot * 31 + i) / 8
                    s.add(self.slot * 1000, value)
                    publisher.publish(
                        s.name, f'{{"ts": {self.slot}, "v": {value!r}}}')
                    self.sent += 1
        self.service.wait_taken(self.sent)

    def flush(self):
        """Returns what the program says, also which files it refused."""
        done = subprocess.run(
            [self.service.program, "flush", "-c",
             str(self.service.configuration)], capture_output=True, text=True,
            timeout=120, env=self.service.env)
        check(done.returncode in (0, 74), f"flush: {done.stderr}")
        return done.stdout + done.stderr

    def damage(self, i, rng):
        """Returns what was done to file `i`."""
        path = self.service.rrd(f"d/{i}")
        self.damaged.add(i)
        kind = rng.choice(KINDS)
        kind(path, rng, self.service.rrd("d/0"))
        return kind.__name__

    def judge(self, outcome, i, kind, text):
        """What became of a damaged file: set aside, or refused and named."""
        aside = list((self.service.store / "bad").glob(f"d=2F{i}-*"))
        for path in aside:
            path.unlink()
        refused = f"d/{i}.rrd: " in text
        # Some bytes of a header may have any value.
        harmless = kind in ("header_bytes", "numbers")
        outcome.check(aside or refused or harmless,
                      f"d/{i}: {kind}: neither set aside nor refused")
        outcome.add("set aside" if aside else
                    "refused" if refused else "taken as it is", 1)
        self.repair(i)

    def repair(self, i):
        path = self.service.rrd(f"d/{i}")
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)


def header_bytes(path, rng, _):
    data = bytearray(path.read_bytes())
    for _ in range(3):
        data[rng.randrange(600)] = rng.randrange(256)
    path.write_bytes(data)


def numbers(path, rng, _):
    data = bytearray(path.read_bytes())
    at = rng.choice((24, 32, 40, 248 + 24, 248 + 32))
    number = rng.choice((0, 1 << 61, (1 << 64) - 1, 1 << 32))
    data[at:at + 8] = number.to_bytes(8, "little")
    path.write_bytes(data)


def cut(path, rng, _):
    data = path.read_bytes()
    path.write_bytes(data[:rng.randrange(len(data))])


def foreign(path, rng, _):
    path.write_bytes(b"RRD\0" + b"%s%n" * rng.randrange(1, 5000))


def zeros(path, _rng, _):
    path.write_bytes(bytes(path.stat().st_size))


def noise(path, rng, _):
    path.write_bytes(rng.randbytes(path.stat().st_size))


def link(path, rng, neighbour):
    path.unlink()
    path.symlink_to(rng.choice(("/etc/passwd", str(neighbour))))


def fifo(path, _rng, _):
    path.unlink()
    os.mkfifo(path)


def folder(path, _rng, _):
    path.unlink()
    path.mkdir()


KINDS = (header_bytes, numbers, cut, foreign, zeros, noise, link, fifo, folder)


def run_service(outcome, rounds, seed, scratch):
    rng = random.Random(seed)
    with Mosquitto(scratch / "broker") as broker, \
            Rrdflow(scratch, broker.address, sections()) as service:
        service.start()
        service.wait_connected()
        files = Files(service, broker.port)
        for _ in range(2 if rounds <= BATCH else 8):
            files.write(3)
            files.flush()
            kinds = {i: files.damage(i, rng) for i in
                     rng.sample(range(SERIES // 2, SERIES), 8)}
            files.write(2)
            for i in kinds:
                service.http("GET", f"/api/v1/data?series=d/{i}&from=-3h")
            text = files.flush()
            check(service.process.alive(), f"ended:\n{service.process.tail()}")
            for i, kind in kinds.items():
                outcome.add("files of the program", 1)
                files.judge(outcome, i, kind, text)
        log = service.log.read_text()
        for words in ("moved to bad/: ", "stands in its place"):
            outcome.check(words in log, f"not in the log: {words}")
        for i, s in enumerate(files.series):
            s.flush(time.time())
            if i in files.damaged:
                continue
            verdict = oracle.examine(service.rrd(s.name), s, scratch / "copy")
            outcome.add("other files", 1)
            outcome.check(verdict.good, f"{s.name}, undamaged: {verdict}")
        for text in mismatches(service.wait_rest()):
            outcome.lose(text)
        service.terminate()


def run(rounds, seed, protected, scratch):
    outcome = Outcome()
    run_writer(outcome, rounds, seed, protected)
    if protected:
        run_service(outcome, rounds, seed, scratch)
    return outcome
