"""Power cuts: what was not synced may be gone, pages reach the disk in any order.

The service runs on a simulated disk (shim/power_loss.cpp): what it syncs is
kept aside, and at a cut the store becomes that, and of everything else a random
part: pages, torn pages, sizes, names (power_disk.py). Cuts fall at random
times, and before and after the n-th sync of a life, the first ones of a new
store and of a restart included. A relay (tap.py) sees when the service
acknowledged what. With journal.sync = "200ms" only messages may be missing that
were acknowledged so short before a cut, plus what a sync and the machine's
scheduling were measured to take; with "always" none. What the service had not
acknowledged, the broker sends again: that must never be missing. A message that
vanished with its journal page has never been taken: the counters are about those
that are left, and balance.

The control has a disk that lies about one kind of sync, each kind in turn.
"""

from harness import Failure
from outcome import Outcome
from power_store import Store

ROUNDS = {"short": 6, "long": 200}
CONTROL = "one kind of sync that does not reach the disk"
# The long form's; the short one has time for the first.
SKIPPED = ("journal", "undo", "syncfs", "folder")
# How many stores a control may need before it shows something.
PATIENCE = {"short": 4, "long": 20}
# Cuts of one store; then its files are compared.
CUTS = {"short": 3, "long": 8}
# Seconds from a start to a cut, at most.
LIFE = {"short": 1, "long": 3}


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    form = "long" if rounds > ROUNDS["short"] else "short"
    if not protected:
        lies = [lie(folder, form, skip, seed, outcome)
                for skip in (SKIPPED[:1] if form == "short" else SKIPPED)]
        # Every one must be seen.
        outcome.lost = min(lies) and sum(lies)
        return outcome
    for i, begin in enumerate(range(0, rounds, CUTS[form])):
        sync = ("200ms", "always")[i % 2]
        cuts = min(CUTS[form], rounds - begin)
        Store(folder / str(i), LIFE[form], sync, "", seed * 1000 + i,
              outcome).run(max(3, cuts))
    return outcome


def lie(folder, form, skip, seed, outcome):
    """A disk that lies about one kind of sync, until that is seen; returns how
    many losses there were."""
    found = Outcome()
    for i in range(PATIENCE[form]):
        store = Store(folder / f"{skip}-{i}", LIFE[form], "200ms", skip,
                      seed * 1000 + i, found)
        try:
            store.run(CUTS[form])
        except Failure as e:
            # Whatever that is, no loss was seen.
            print(f"  without {skip}: {e}", flush=True)
        if found.lost:
            break
    outcome.figures[f"without {skip}: cuts"] = found.figures.get("power cuts", 0)
    outcome.figures[f"without {skip}: losses"] = found.lost
    for text in found.losses[:2] or ["nothing shows it"]:
        outcome.lose(f"without {skip}: {text}")
    return found.lost
