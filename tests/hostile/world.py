"""A broker, a service, and what messages do to its numbers and files."""

import time
from pathlib import Path

import cases  # noqa: F401: finds the harness

import rrdtool
from counters import all_counted, total
from harness import Mosquitto, check, wait_for
from publisher import Publisher
from service import Rrdflow, value_rule

RULE = value_rule("h", "1s for 1h LAST", topics=["#"])


class Effect:
    """How the metrics changed."""

    def __init__(self, before, after):
        self.before, self.after = before, after

    def of(self, name, **labels):
        return (total(self.after, name, **labels)
                - total(self.before, name, **labels))

    def expect(self, **changes):
        """Names with "__" before a reason: messages_dead_total__json=1."""
        for key, should in changes.items():
            name, _, reason = key.partition("__")
            labels = {"reason": reason} if reason else {}
            has = self.of(name, **labels)
            check(has == should, f"{name}{labels or ''} changed by {has:g}, "
                                 f"not {should:g}")


class World:
    """Ends with counters that add up and a service that still lives."""

    def __init__(self, folder, sections=None, extra="", broker=None):
        self.folder = folder
        self.broker = broker or Mosquitto(folder / "broker", extra)
        self.own_broker = broker is None
        self.sections = sections or {"rule": [RULE]}
        self.service = None
        self.last_slot = 0

    def __enter__(self):
        if self.own_broker:
            self.broker.start()
        self.service = Rrdflow(self.folder / "service", self.broker.address,
                               self.sections)
        self.service.start()
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.settled(total(self.service.metrics(),
                                   "messages_taken_total"))
                self.service.terminate()
        finally:
            self.service.__exit__(kind)
            if self.own_broker:
                self.broker.__exit__()

    def log(self):
        return self.service.log.read_text(errors="surrogateescape")

    def says(self, text, timeout=120):
        wait_for(f"the log says {text!r}", lambda: text in self.log(), timeout,
                 0.02)

    def settled(self, taken, timeout=120):
        """The metrics once so many messages are taken and booked."""
        result = {}

        def done():
            before = dict(result)
            result.update(self.service.metrics())
            return (total(result, "messages_taken_total") >= taken
                    and all_counted(result, before))
        wait_for(f"{taken:.0f} messages are booked", done, timeout, 0.02)
        check(total(result, "messages_taken_total") == taken,
              f"{total(result, 'messages_taken_total'):.0f} messages are "
              f"taken, not {taken:.0f}")
        return result

    def send(self, *messages, copies=None, by=None):
        """Publishes (topic, payload[, retain]); returns what it changed.
        `by`: another publisher, in whose way they go."""
        before = self.service.metrics()
        count = len(messages) if copies is None else copies
        if by:
            by(messages)
        else:
            with Publisher(self.broker.port) as p:
                for topic, payload, *retain in messages:
                    p.publish(topic, payload, retain=bool(retain))
                p.drain()
        after = self.settled(total(before, "messages_taken_total") + count)
        return Effect(before, after)

    def readings(self, topics, first=1, by=None):
        """A reading for each topic, in a slot that is over: the first topic's
        value is `first`, and so on. Returns their slot and what changed."""
        slot = max(int(time.time()) - 30, self.last_slot + 1)
        self.last_slot = slot
        effect = self.send(*[(t, reading(slot, first + i))
                             for i, t in enumerate(topics)], by=by)
        return slot, effect

    def files(self):
        """Paths below the store's folder of files."""
        root = self.service.store / "rrd"
        return {str(x.relative_to(root)) for x in root.rglob("*")
                if x.is_file() and x.name != "index.txt"}

    def names(self):
        return {x["name"] for x in self.service.get(
            "/api/v1/series?limit=10000")}

    def value(self, path, slot):
        """What a file, named below the store's folder, shows in a slot."""
        found, _ = rrdtool.fetch(self.service.store / "rrd" / path, slot - 1,
                                 slot, 1, "LAST")
        return found[slot][0]

    def stored(self, topics, paths):
        """Readings of these topics are in files of these paths, and in no
        others; the names are listed as they were sent."""
        old = self.files()
        slot, effect = self.readings(topics)
        effect.expect(messages_decoded_total=len(topics),
                      samples_merged_total=len(topics))
        self.service.flush()
        new = self.files() - old
        check(new == set(paths), f"files {sorted(new)}, not {sorted(paths)}")
        for i, path in enumerate(paths):
            has = self.value(path, slot)
            check(has == i + 1, f"{path} holds {has}, not {i + 1}")
        missing = set(topics) - self.names()
        check(not missing, f"not listed: {missing}")
        return slot

    def proc(self, name):
        return Path("/proc", str(self.service.process.child.pid), name)

    def memory(self, key="VmHWM"):
        """Bytes, from /proc."""
        with open(self.proc("status")) as f:
            for line in f:
                if line.startswith(key + ":"):
                    return int(line.split()[1]) * 1024
        return 0


def reading(slot, value):
    return f'{{"ts": {slot}, "v": {value}}}'
