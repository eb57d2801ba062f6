"""Looks at a service all the time, as its operator's monitoring would."""

import threading
import time

from counters import parse_metrics, total
from harness import Failure


class Watch:
    """Polls /readyz and the stall's metric; after its end tells what was seen.
    A service that does not answer is not ready, too."""

    def __init__(self, service, interval=0.02):
        self.service = service
        self.interval = interval
        self.reasons = []
        self.stalls = set()
        self.restarts = {}
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join(30)

    def _run(self):
        while not self.ending.is_set():
            try:
                self._look()
            except (OSError, Failure, ValueError):
                pass
            time.sleep(self.interval)

    def _look(self):
        status, body = self.service.http("GET", "/readyz", timeout=5)
        text = body.decode(errors="replace").strip()
        if status != 200 and self.reasons[-1:] != [text]:
            self.reasons.append(text)
        status, body = self.service.http("GET", "/metrics", timeout=5)
        if status != 200:
            return
        metrics = parse_metrics(body.decode())
        for key, value in metrics.items():
            if key.startswith("stalled{") and value:
                self.stalls.add(key.split('"')[1])
            if key.startswith("restarts_total{") and value:
                self.restarts[key.split('"')[1]] = int(value)

    def saw(self, word):
        """Whether /readyz said no, with this word in its reason."""
        return any(word in x for x in self.reasons)


def stalled(service):
    return total(service.metrics(), "stalled") > 0
