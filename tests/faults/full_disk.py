"""A real disk gets full: of the journal, new files, or foreign files.

A file system of a few megabytes, tmpfs and ext4 in turn, which only this
campaign sees. Intake stalls and says so, snapshots go on in the reserve, files
with holes do not end the process (librrd maps them: SIGBUS), and all goes on by
itself when there is room. Nothing that was acknowledged is lost. Skipped where
no file system can be mounted.
"""

import random
from concurrent.futures import ThreadPoolExecutor

import tiny_disk
from disk_round import SCENARIOS, DiskRound
from outcome import Outcome

ROUNDS = {"short": 4, "long": 20}
CONTROL = ("files with holes are mapped as they are, and the journal's "
           "segments are such files, without reserve")
AT_ONCE = 4


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    disks, missing = tiny_disk.kinds()
    for kind, why in missing.items():
        outcome.figures[f"no {kind}"] = why
    rng = random.Random(seed)
    todo = []
    if protected:
        for i in range(rounds):
            disk = disks[(i // len(SCENARIOS) + i) % len(disks)]
            todo.append(DiskRound(SCENARIOS[i % len(SCENARIOS)], disk, rng,
                                  {}))
    else:
        for disk in disks:
            todo += [DiskRound("holes", disk, rng,
                               {"RRDFLOW_TEST_FILL_HOLES": "off",
                                "RRDFLOW_TEST_OWN_ROWS": "off"}),
                     DiskRound("foreign files", disk, rng,
                               {"RRDFLOW_TEST_ALLOCATE": "off"})]
    # These threads live in this one's mount namespace.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for i, x in enumerate(todo):
            pool.submit(x.run_into, outcome, folder / str(i))
    return outcome
