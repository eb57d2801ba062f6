#!/usr/bin/env python3
"""Filters change while a topic stays wanted: no message is lost, at reloads, at
restarts on MQTT 3.1.1, or with an empty store for a session that lives.

Each message has a second of its own, in the past, and the file counts what came
for each second: 0 is lost, 1 is right, 2 counted twice.
"""

import argparse
import collections
import signal
import threading
import time

from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, wait_for
from publisher import Publisher
from service import Rrdflow

RATE = 2000
RELOADS = 8
RESTARTS = 4


def rule(*topics):
    return {"name": "r", "topics": list(topics), "format": "json",
            "series": "{topic}", "time": "ts", "step": "1s",
            "sample": "count", "fill": "none", "heartbeat": "2s",
            "fields": [{"path": "v"}], "only": True,
            "archives": ["1s for 2d"]}


class Stream:
    """Numbered messages at a steady rate, in a thread of its own."""

    def __init__(self, port, topic):
        self.port, self.topic = port, topic
        self.first = int(time.time()) - 90000
        self.sent = 0
        self.stopped = False
        self.failure = None
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped = True
        self.thread.join()
        if self.failure:
            raise self.failure

    def publish(self, publisher, n):
        for _ in range(n):
            publisher.publish(self.topic, '{"ts":%d,"v":1}'
                              % (self.first + self.sent))
            self.sent += 1
        publisher.drain()

    def _run(self):
        try:
            with Publisher(self.port) as publisher:
                begin = time.monotonic()
                while not self.stopped:
                    due = int((time.monotonic() - begin) * RATE) - self.sent
                    self.publish(publisher, max(due, 1))
                    time.sleep(0.002)
        except Exception as e:  # pylint: disable=broad-except
            self.failure = e


def counted(service, stream):
    """How many messages were counted how often."""
    text = service.verb("fetch", stream.topic, "--from", str(stream.first - 1),
                        "--to", str(stream.first + stream.sent),
                        "--format", "csv")
    values = [x.split(",")[1] for x in text.splitlines()[1:]]
    seen = collections.Counter(round(float(x)) for x in values
                               if x not in ("", "nan", "NaN", "U"))
    return {0: stream.sent - sum(seen.values()), **seen}


def check_counted(what, service, stream, twice=0):
    """`twice`: so many may count more than once."""
    m = service.wait_rest()
    seen = counted(service, stream)
    more = sum(n for times, n in seen.items() if times > 1)
    overlap = m['messages_ignored_total{reason="overlap"}']
    print(f"  {what}: {stream.sent} sent, {seen[0]} lost, {more} counted more "
          f"than once, {overlap:.0f} copies ignored", flush=True)
    check_counters(m)
    return ([f"{what}: {seen[0]} messages are lost"] if seen[0] else []) + (
        [f"{what}: {more} messages count more than once"]
        if more > twice else [])


def check_reloads(folder):
    """MQTT 5: the copies under the old filter and the new one count once."""
    with Mosquitto(folder / "b-reloads") as broker, Rrdflow(
            folder / "reloads", broker.address,
            {"rule": [rule("a/#")]}) as service:
        service.start()
        with Stream(broker.port, "a/x") as stream:
            for i in range(RELOADS):
                time.sleep(0.3)
                service.configure({"rule": [rule("a/#" if i % 2 else "a/+")]})
                service.process.child.send_signal(signal.SIGHUP)
                wait_for("the rules are in force", lambda: service.log
                         .read_text().count("are in force") > i, interval=0.01)
            time.sleep(0.3)
        mistakes = check_counted("reloads", service, stream)
        service.terminate()
    return mistakes


def check_restarts(folder):
    settings = {"version": "3.1.1"}
    with Mosquitto(folder / "b-restarts") as broker, Rrdflow(
            folder / "restarts", broker.address,
            {"rule": [rule("a/#")], "mqtt": settings}) as service:
        service.start()
        with Stream(broker.port, "a/x") as stream:
            for i in range(RESTARTS):
                time.sleep(0.2)
                service.terminate()
                service.configure({
                    "rule": [rule("a/#" if i % 2 else "a/+")],
                    "mqtt": settings})
                service.start()
            time.sleep(0.2)
        # What was not acknowledged at the end is delivered again.
        mistakes = check_counted("restarts, 3.1.1", service, stream,
                                 stream.sent)
        service.terminate()
    return mistakes


def check_empty_store(folder):
    """The session at the broker has filters and identifiers of a store that is
    gone."""
    with Mosquitto(folder / "b-empty") as broker:
        fixed = {"client_id": "fixed"}
        with Rrdflow(folder / "before", broker.address, {
                "rule": [rule("other/#", "s/+")], "mqtt": fixed}) as service:
            service.start()
            service.terminate()
        stream = Stream(broker.port, "s/x")
        with Publisher(broker.port) as publisher:
            stream.publish(publisher, 2000)
        with Rrdflow(folder / "empty", broker.address, {
                "rule": [rule("s/#", "t/+", "+/x")], "mqtt": fixed}) as service:
            service.start()
            with Publisher(broker.port) as publisher:
                stream.publish(publisher, 2000)
            service.wait_taken(2000)
            mistakes = check_counted("an empty store", service, stream)
            m = service.metrics()
            check(total(m, "messages_taken_total") >= stream.sent,
                  "messages are not taken")
            service.terminate()
    return mistakes


def main(_):
    with Scratch("filters") as folder:
        mistakes = []
        for case in (check_reloads, check_restarts, check_empty_store):
            mistakes += case(folder)
        check(not mistakes, "; ".join(mistakes))


if __name__ == "__main__":
    run(main, argparse.ArgumentParser(description=__doc__).parse_args())
