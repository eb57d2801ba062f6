"""A store whose journal has many messages and no snapshot, and ways to damage
it."""

import math
import shutil
import time

import rrdtool
from counters import mismatches
from publisher import Publisher
from service import Rrdflow, value_rule

SERIES = 5
# Lives of the service that wrote the journal, each in a segment of its own.
LIVES = 3
MESSAGES = 1500
PAGE = 4096


def sections():
    return {
        # A slot without a reading stays unknown.
        "rule": [value_rule("j", "1s for 1d", fill="none")],
        "journal": {"segment_size": "1MiB"},
        "limits": {"disk_reserve": "1MiB", "payload": "16KiB"},
        "cache": {"flush_after": "1h"},
        "snapshot": {"every": "1h"},
        "writer": {"creates_per_second": 10000},
    }


class Store:
    def __init__(self, folder, broker, more=None):
        self.base = folder / "base"
        self.broker = broker
        self.service = Rrdflow(folder, broker.address,
                               {**sections(), **(more or {})})
        self.begin = int(time.time()) - 86400
        self.values = {f"j/{i}": {} for i in range(SERIES)}
        self.sent = 0
        self.environment = {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.service.__exit__(*error)

    def publish(self, count):
        with Publisher(self.broker.port) as publisher:
            for _ in range(count):
                i = self.sent % SERIES
                slot = self.begin + self.sent // SERIES
                self.values[f"j/{i}"][slot] = self.sent / 8
                publisher.publish(f"j/{i}", f'{{"ts": {slot}, "v": '
                                            f'{self.sent / 8!r}}}')
                self.sent += 1
        self.service.wait_taken(self.sent)

    def live(self):
        self.service.start(**self.environment)
        self.service.wait_connected()

    def fill(self):
        """Writes the journal in several lives, each killed."""
        for _ in range(LIVES):
            self.live()
            self.publish(MESSAGES // LIVES)
            self.broker.wait_acknowledged("j/")
            self.service.kill()
        self.keep()

    def keep(self):
        """What `restore` goes back to."""
        shutil.copytree(self.service.store, self.base, symlinks=True)

    def restore(self):
        shutil.rmtree(self.service.store)
        shutil.copytree(self.base, self.service.store, symlinks=True)
        return self.service

    def segments(self):
        """The segments with records, and how many bytes these take."""
        result = []
        for path in sorted((self.service.store / "journal").iterdir()):
            data = path.read_bytes()
            used = len(data[:-72].rstrip(b"\0"))
            if path.suffix == ".journal" and used > 100:
                result.append((path, used))
        return result

    def compare(self, service):
        """How many values are missing in the files, and how many are wrong."""
        missing = wrong = 0
        for name, values in self.values.items():
            path = service.rrd(name)
            if not path.exists():
                missing += len(values)
                continue
            found, _ = rrdtool.fetch(path, min(values) - 10, max(values) + 10,
                                     1)
            for slot, row in found.items():
                if math.isnan(row[0]):
                    missing += slot in values
                elif row[0] != values.get(slot):
                    wrong += 1
        return missing, wrong

    @staticmethod
    def check_counters(outcome, metrics, what):
        for text in mismatches(metrics):
            outcome.lose(f"{what}: {text}")


def _pick(store, rng, last=True):
    segments = store.segments()
    return segments[rng.randrange(len(segments) - (not last))]


def flip(store, rng):
    path, used = _pick(store, rng)
    data = bytearray(path.read_bytes())
    at = rng.randrange(used)
    data[at] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    return f"bit flipped at {at} of {path.name}"


def cut(store, rng):
    path, used = _pick(store, rng)
    at = rng.randrange(used)
    path.write_bytes(path.read_bytes()[:at])
    return f"{path.name} cut off at {at}"


def zero_page(store, rng):
    path, used = _pick(store, rng)
    at = rng.randrange(-(-used // PAGE)) * PAGE
    data = bytearray(path.read_bytes())
    data[at:at + PAGE] = bytes(len(data[at:at + PAGE]))
    path.write_bytes(data)
    return f"page of zeros at {at} of {path.name}"


def random_page(store, rng):
    path, used = _pick(store, rng)
    at = rng.randrange(-(-used // PAGE)) * PAGE
    data = bytearray(path.read_bytes())
    data[at:at + PAGE] = rng.randbytes(len(data[at:at + PAGE]))
    path.write_bytes(data)
    return f"random page at {at} of {path.name}"


def swap(store, rng):
    (one, _), (two, _) = rng.sample(store.segments(), 2)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    return f"{one.name} and {two.name} swapped"


def remove(store, rng):
    path, _ = _pick(store, rng, last=False)
    path.unlink()
    return f"{path.name} deleted"


def folder_in_place(store, rng):
    path, _ = _pick(store, rng, last=False)
    path.unlink()
    path.mkdir()
    return f"a folder in the place of {path.name}"


def damages():
    return [flip, cut, zero_page, random_page, swap, remove, folder_in_place]
