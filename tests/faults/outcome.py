"""What a campaign found."""

import threading


class Skipped(Exception):
    """What a campaign needs is not here; its text says what and why."""


class Outcome:
    """Any thread may add to it."""

    SHOWN = 10

    def __init__(self):
        self.figures = {}
        self.losses = []
        self.lost = 0
        self.ended = False
        self.lock = threading.Lock()

    def lose(self, text, count=1):
        """Notes a promise that was not kept; the first ones with their text."""
        with self.lock:
            self.lost += count
            if len(self.losses) < self.SHOWN:
                self.losses.append(text)

    def end(self, text):
        """The campaign ended before it could compare anything. That is no loss
        that a control may count as found."""
        self.ended = True
        self.lose(text)

    def check(self, condition, text):
        if not condition:
            self.lose(text)
        return bool(condition)

    def add(self, name, count=1):
        """Adds to a figure."""
        with self.lock:
            self.figures[name] = self.figures.get(name, 0) + count

    def raise_to(self, name, value):
        """Keeps the largest value of a figure."""
        with self.lock:
            self.figures[name] = max(value, self.figures.get(name, 0))

    def as_json(self):
        return {"figures": self.figures, "lost": self.lost,
                "losses": self.losses}
