"""Runs hostile cases: each is a function case_NN_short_name(world) of a
module, NN its number in README.md; one line per case says what became of it."""

import argparse
import re
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from harness import Failure, Scratch  # noqa: E402

_name = re.compile(r"case_(\d\d)_(\w+)$")


class Skipped(Exception):
    """The case cannot run here; the text says why."""


def skip_unless(condition, reason):
    if not condition:
        raise Skipped(reason)


def at_once(function, arguments):
    """Calls the function with each of them, in threads."""
    with ThreadPoolExecutor(len(arguments)) as pool:
        list(pool.map(lambda x: function(*x), arguments))


def cases_of(module):
    """[(number, name, function)] in the order of the file."""
    return [(*_name.match(k).groups(), v) for k, v in vars(module).items()
            if _name.match(k)]


def attempt(function, world):
    """What became of a case, and whether that is good."""
    try:
        function(world)
        return "ok", True
    except Skipped as e:
        return f"skipped: {e}", True
    except Failure as e:
        return f"FAILED: {e}", False
    except Exception:
        return f"FAILED:\n{traceback.format_exc()}", False


def main(world, module="__main__"):
    """Runs the cases of a module in what `world(folder)` gives: a context
    manager, whose end checks what holds for all of them."""
    module = sys.modules[module]
    parser = argparse.ArgumentParser(description=module.__doc__)
    parser.add_argument("case", nargs="*", help="numbers; default: all")
    options = parser.parse_args()
    wanted = {f"{int(x):02d}" for x in options.case}
    begin = time.monotonic()
    bad = 0
    with Scratch(f"hostile-{Path(module.__file__).stem}") as folder:
        try:
            with world(folder) as w:
                for number, name, function in cases_of(module):
                    if wanted and number not in wanted:
                        continue
                    at = time.monotonic()
                    text, good = attempt(function, w)
                    bad += not good
                    print(f"case {number} {name} "
                          f"({time.monotonic() - at:.1f} s): {text}",
                          flush=True)
        except Failure as e:
            bad += 1
            print(f"FAILED: {e}")
        if bad:
            # Keeps the folder.
            raise SystemExit(1)
    print(f"all as they should be ({time.monotonic() - begin:.1f} s)")
