"""Damaged journals: bits flipped, files cut off, pages lost, segments swapped.

Each byte of a megabyte of journals is flipped once, and each file cut off at
each length, by a program over the journal's own writer, recovery and reader.
Then the real program starts on some damaged journals. Every damage must be
noticed, what is readable be used, the gap be told exactly, no value be wrong.
"""

import random
import re

from counters import total
from harness import Mosquitto
from journal_store import Store, damages
from outcome import Outcome
from programs import program, run_all, without_checksums

# Places; each is flipped and cut at.
ROUNDS = {"short": 500, "long": 1 << 20}
CONTROL = "without the records' checksums"

# One journal of the program.
KILOBYTES = 64
_gap = re.compile(r"journal: bytes \d+ to \d+ are damaged, (\d+) messages")
_beginning = re.compile(r"messages 1 to (\d+) are lost")
_noticed = re.compile(r"journal: |no snapshot can be used")


def run_program(outcome, rounds, seed, protected):
    command = [program("journal_damage"), KILOBYTES]
    whole = KILOBYTES << 10
    if rounds < whole:
        commands = [[*command, seed, rounds if protected else 100]]
    else:
        commands = [[*command, 1000 * seed + i, 1 << 30]
                    for i in range(-(-rounds // whole))]
        # And some of one journal of a megabyte.
        commands.append([command[0], 1024, seed, 2000])
    run_all(outcome, commands,
            env=None if protected else without_checksums())


def restart(outcome, store, damage, rng):
    """The real program on a damaged journal."""
    service = store.restore()
    what = damage(store, rng)
    before = service.log.stat().st_size if service.log.exists() else 0
    service.start()
    service.flush()
    m = service.wait_rest()
    text = service.log.read_text()[before:]
    told = sum(int(x) for x in _gap.findall(text))
    told += sum(int(x) for x in _beginning.findall(text))
    dead = int(total(m, 'messages_dead_total', reason="journal_damaged"))
    torn = int(total(m, "journal_torn_bytes"))
    outcome.check(told == dead, f"{what}: {told} told in the log, {dead} "
                                "in the metric")
    outcome.check(_noticed.search(text), f"{what}: not in the log")
    missing, wrong = store.compare(service)
    outcome.check(wrong == 0, f"{what}: {wrong} values are wrong")
    # What was torn off the end is not counted.
    taken = int(total(m, "messages_taken_total"))
    outcome.check(missing == dead + store.sent - taken,
                  f"{what}: {missing} missing, {dead} told, {taken} taken")
    outcome.check(taken == store.sent or torn or "headers" in text
                  or "not belong" in text,
                  f"{what}: {store.sent - taken} lost at the end, silently")
    store.check_counters(outcome, m, what)
    outcome.add("restarts", 1)
    outcome.add("messages told as lost", dead)
    outcome.add("messages torn off the end", store.sent - taken)
    service.kill()


def run_service(outcome, rounds, seed, folder):
    rng = random.Random(seed)
    with Mosquitto(folder / "broker") as broker, \
            Store(folder, broker) as store:
        store.fill()
        kinds = damages()
        rng.shuffle(kinds)
        for i in range(2 if rounds < KILOBYTES << 10 else 20):
            restart(outcome, store, kinds[i % len(kinds)], rng)


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    run_program(outcome, rounds, seed, protected)
    if protected:
        run_service(outcome, rounds, seed, folder)
    return outcome
