"""A file of four sources and some others that are fed again and again; of each
row of the first it is known what it must show."""

import threading
import time

from publisher import Publisher

STEP = 10
ROWS = 2000
SOURCES = [("a", "GAUGE"), ("b", "COUNTER"), ("c", "DERIVE"),
           ("d", "ABSOLUTE")]
NOISE = 30


class Load:
    """Message k is about slot k, counted from one; nothing is left out."""

    def __init__(self, broker, service, pause):
        """`pause`: seconds between batches of 30 messages and the noise."""
        self.service = service
        self.pause = pause
        self.base = int(time.time()) - 6 * 86400
        self.base -= self.base % STEP
        self.publisher = Publisher(broker.port)
        self.sent = 0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.error = None

    def time_of(self, slot):
        return self.base + slot * STEP

    @staticmethod
    def row(slot):
        """What is sent for a slot, as it goes to librrd."""
        return [slot * 0.5, 7 * slot, -3 * slot, 20]

    @staticmethod
    def shows(slot):
        """What the file must show."""
        return [slot * 0.5, 7 / STEP, -3 / STEP, 20 / STEP]

    def send(self):
        self.sent += 1
        values = ",".join(f'"{label}":{x}' for (label, _), x
                          in zip(SOURCES, self.row(self.sent)))
        stamp = self.time_of(self.sent)
        self.publisher.publish("t/load", f'{{"ts":{stamp},{values}}}')

    def _run(self):
        try:
            with self.publisher:
                while not self.stopped.wait(self.pause):
                    for _ in range(30):
                        self.send()
                    for i in range(NOISE):
                        self.publisher.publish(
                            f"noise/{i}",
                            f'{{"ts":{self.time_of(self.sent)},"v":{i}}}')
                    self.publisher.drain()
        except Exception as e:
            self.error = e

    def taken(self):
        """So many slots were taken at least, if all that was sent is in order:
        what the series' newest reading says."""
        newest = self.service.get("/api/v1/series?query=load/a&limit=1")
        return int(newest[0]["value"] * 2) if newest else 0
