"""A store whose service is killed again and again while a stream goes on."""

import random
import re
import shutil

from counters import total
from harness import Mosquitto, wait_for
from outcome import Outcome
from rows import Watch, balance, examine
from service import Rrdflow

_put_back = re.compile(r"put (\d+) headers back, deleted (\d+) files")


class KilledStore:
    """Its campaign gives it `begin`, which makes `stream`, and `round`.

    `watch` is None until a life ended in good order: before there is a
    snapshot, the files are made anew at each start.
    """

    def __init__(self, outcome, folder, seed, protected, sections, program):
        self.outcome = outcome
        self.folder = folder
        self.seed = seed
        self.rng = random.Random(seed)
        # A kill tears a file that librrd writes, hardly one that the program does.
        self.environment = {} if protected else {
            "RRDFLOW_TEST_UNDO_LOG": "off", "RRDFLOW_TEST_OWN_ROWS": "off"}
        self.broker = Mosquitto(folder / "broker")
        self.service = Rrdflow(folder, self.broker.address, sections,
                               program=program)
        self.stream = None
        self.watch = None

    def connect(self):
        """Starts the service and has it subscribe."""
        self.service.start(**self.environment)
        self.service.wait_connected()

    def rest(self):
        """Ends in good order a life that was ready: no file is torn."""
        if self.watch:
            self.service.terminate(120)
            self.watch.look(True)
            return
        files = [self.service.rrd(x) for x in self.stream.names]
        wait_for("all series are there", lambda: total(
            self.service.metrics(), "files") >= len(files), 120)
        self.service.flush()
        self.service.terminate(120)
        self.watch = Watch(files)

    @property
    def shifted(self):
        return self.watch.shifted if self.watch else set()

    def end(self):
        """Everything is written, and everything is looked at."""
        published = self.stream.finish()
        self.service.start(**self.environment)
        self.service.wait_taken(published, 300)
        self.service.wait_rest(300)
        self.service.flush()
        balance(self.outcome, self.service.wait_rest(300), published)
        self.service.terminate(120)
        # A control need not look at all files.
        examine(self.outcome, self.service, self.stream,
                self.folder / "copy.rrd", self.shifted)
        self.outcome.add("files torn by a kill", self.watch.torn)
        self.outcome.add("files shifted", len(self.shifted))
        for x in self.shifted:
            self.outcome.lose(f"{x.name}: shifted")
        log = self.service.log.read_text(errors="replace")
        for headers, deleted in _put_back.findall(log):
            self.outcome.add("headers put back", int(headers))
            self.outcome.add("new files deleted", int(deleted))


def run_stores(make, rounds, each, protected, folder):
    """Kills the stores that `make(outcome, folder, number)` makes, one after
    the other, up to `each` rounds in one; without protection until a file is
    shifted."""
    outcome = Outcome()
    done = number = 0
    while done < rounds and (protected or outcome.lost == 0):
        number += 1
        place = folder / str(number)
        store = make(outcome, place, number)
        with store.broker, store.service:
            store.begin()
            for i in range(min(each, rounds - done)):
                if store.stream.full or (store.shifted and not protected):
                    break
                store.round(i)
                store.stream.check()
                done += 1
            store.end()
        shutil.rmtree(place)
        outcome.figures.update(rounds=done, stores=number)
        if done >= 50:
            print(f"  {outcome.figures}", flush=True)
    return outcome
