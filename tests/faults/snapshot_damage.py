"""Damaged snapshots: cut off, flipped, huge, deep; of some, checksums hold.

The loader of the service and its shards get all of them, in child processes
with bounded memory; the real program gets some. A damaged snapshot must be
passed over and named, the flow start from the one before, or from the journal,
and the files hold what was sent.
"""

import random
import re
import subprocess

from counters import total
from harness import Mosquitto, check
from journal_store import Store
from outcome import Outcome
from programs import program, run_all, without_checksums

# Mutants.
ROUNDS = {"short": 1500, "long": 10000}
CONTROL = "without the sections' checksums"
BATCH = 1000
# Of the program's kinds of damage: all; those that checksums tell.
KINDS, OUTER = 15, 6
# Before each snapshot, and behind the last.
MESSAGES = 500
BEGINNING = re.compile(r"messages 1 to (\d+) are lost")


def make_store(store):
    """Two snapshots, each with rows that wait, and messages behind them."""
    for _ in range(2):
        store.live()
        store.publish(MESSAGES)
        store.service.terminate()
    store.live()
    store.publish(MESSAGES)
    store.broker.wait_acknowledged("j/")
    store.service.kill()
    store.keep()
    folder = store.base / "snapshot"
    names = sorted(x.name for x in folder.glob("*.snapshot"))
    check(len(names) == 2, f"not two snapshots: {names}")


def run_loader(outcome, store, rounds, seed, protected):
    if not protected:
        rounds = min(rounds, 300)
    commands = [[program("snapshot_damage"), store.base, seed * 100 + i,
                 min(BATCH, rounds - i * BATCH)]
                for i in range(-(-rounds // BATCH))]
    run_all(outcome, commands,
            env=None if protected else without_checksums())


def damage(store, kind, seed):
    done = subprocess.run(
        [program("snapshot_damage"), str(store.service.store), str(seed),
         "write", str(kind)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def snapshots(store):
    return sorted((store.service.store / "snapshot").glob("*.snapshot"))


def start(service):
    """Starts, writes all rows; returns metrics and the new part of the log."""
    before = service.log.stat().st_size
    service.start()
    service.flush()
    m = service.wait_rest()
    return m, service.log.read_text()[before:]


def restart(outcome, store, kind, both, seed):
    """The real program, whose newest snapshot is damaged, or both are."""
    service = store.restore()
    newest = snapshots(store)[-1]
    before = newest.read_bytes()
    what = damage(store, kind, seed)
    if newest.stat().st_size < 1 << 30 and newest.read_bytes() == before:
        return
    if both:
        older = snapshots(store)[0]
        older.write_bytes(older.read_bytes()[:-9])
        what += ", and the one before"
    m, text = start(service)
    outcome.add("restarts", 1)
    passed = f"snapshot passed over: {newest}" in text
    if passed:
        outcome.check(total(m, "snapshots_refused_total") >= 1 + both,
                      f"{what}: not in the metrics")
        # What only the snapshots knew is told.
        told = sum(int(x) for x in BEGINNING.findall(text))
        missing, wrong = store.compare(service)
        outcome.check(missing == told and wrong == 0,
                      f"{what}: {missing} values are missing, {told} told, "
                      f"{wrong} wrong")
        store.check_counters(outcome, m, what)
    # What has sound checksums may be taken for what it says.
    outcome.check(passed or kind >= OUTER, f"{what}: not passed over")
    outcome.add("passed over" if passed else "content taken as it is", 1)
    service.kill()


def beginning_lost(outcome, store, seed):
    """No snapshot is sound, and the journal's first segment is gone."""
    service = store.restore()
    for path in snapshots(store):
        path.write_bytes(path.read_bytes()[:100])
    first, _ = store.segments()[0]
    first.unlink()
    m, text = start(service)
    told = BEGINNING.search(text)
    if outcome.check(told, "a lost beginning is not told"):
        lost = int(told[1])
        dead = total(m, "messages_dead_total", reason="journal_damaged")
        missing, wrong = store.compare(service)
        outcome.check(lost == dead == missing and wrong == 0,
                      f"a lost beginning: {lost} told, {dead:.0f} counted, "
                      f"{missing} missing, {wrong} wrong")
        outcome.add("messages told as lost", lost)
    store.check_counters(outcome, m, "a lost beginning")
    service.kill()


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    rng = random.Random(seed)
    with Mosquitto(folder / "broker") as broker, \
            Store(folder, broker) as store:
        if not protected:
            store.environment = without_checksums()
        make_store(store)
        run_loader(outcome, store, rounds, seed, protected)
        if not protected:
            return outcome
        kinds = list(range(KINDS))
        rng.shuffle(kinds)
        for i in range(3 if rounds < 10000 else KINDS):
            restart(outcome, store, kinds[i % KINDS], i % 3 == 2,
                    rng.randrange(1 << 32))
        beginning_lost(outcome, store, seed)
    return outcome
