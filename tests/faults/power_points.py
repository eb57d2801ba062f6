"""Power cuts before and after every sync of a store's first seconds, one by one.

As in power_loss.py, but nothing is left to chance about where the power goes: a
new store lives again and again up to its n-th sync, and a little less. What was
under way is lost at random, in any order, as there. So each order in which the
service relies on something being on the disk is cut through once: segments and
their names, the journal before its rows, undo logs before headers, files before
the snapshot, the snapshot before its name, that before what it replaces goes.

There is no control of its own: power_loss.py and power_replay.py have that of
each kind of sync.
"""

from outcome import Outcome
from power_store import Store

ROUNDS = {"short": 2, "long": 160}
CONTROL = None
# Of the longest life. There are some 20 syncs in each.
SECONDS = 6


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    for i in range(rounds):
        # The short form has a look at the middle.
        first = 1 if rounds > ROUNDS["short"] else 20
        point = f"{first + i // 2}:{('before', 'after')[i % 2]}"
        Store(folder / str(i), SECONDS, "200ms", "", seed * 1000 + i,
              outcome).run_to(point)
    return outcome
