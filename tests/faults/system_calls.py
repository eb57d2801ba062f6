"""System calls on the store's files fail: ENOSPC, EIO, EINTR, short writes.

For the n-th write, sync, allocation, rename, open and mmap, for every n of a
run (or a sample of them): the call fails once, or it and all others of its
kind fail for some seconds. The process must stay up, or end in good order if
it was starting; the log names what failed and why; it recovers by itself; and
after a kill and another start every acknowledged message is in its file.
"""

import random
from concurrent.futures import ThreadPoolExecutor

import lost_syncs
from call_case import Case, count_calls
from outcome import Outcome

ROUNDS = {"short": 8, "long": 100000}
CONTROL = "a journal that takes a failed sync for a good one"

ERRORS = {
    "write": ("ENOSPC", "EIO", "short", "EINTR"),
    "sync": ("EIO", "ENOSPC", "EINTR"),
    "allocate": ("ENOSPC", "EIO", "EINTR"),
    "rename": ("EIO", "ENOSPC", "EINTR"),
    "open": ("EIO", "EMFILE", "EINTR"),
    "create": ("ENOSPC",),
    "map": ("ENOMEM",),
}
SECONDS = (0, 1.5)
AT_ONCE = 8


def all_cases(calls):
    return [Case(call, error, at, seconds)
            for call, errors in ERRORS.items()
            for error in errors for seconds in SECONDS
            for at in range(1, calls[call] + 1)]


def sample(cases, count, rng):
    """In turn one of each kind of call."""
    piles = {}
    for x in cases:
        piles.setdefault(x.call, []).append(x)
    for pile in piles.values():
        rng.shuffle(pile)
    result = []
    while len(result) < count and any(piles.values()):
        result += [pile.pop() for pile in piles.values() if pile]
    return result[:count]


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    if not protected:
        lost_syncs.run_all(outcome, 1, seed, folder, heed=False)
        return outcome
    calls = count_calls(folder / "count")
    outcome.figures.update(
        {f"calls of a run: {x}": n for x, n in calls.items()})
    rng = random.Random(seed)
    cases = sample(all_cases(calls), rounds, rng)
    for x in cases:
        x.kill = rng.random() < 0.5
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for i, x in enumerate(cases):
            pool.submit(x.run_into, outcome, folder / str(i))
    lost_syncs.run_all(outcome, 1 if rounds < 100 else 20, seed,
                       folder / "syncs", heed=True)
    return outcome
