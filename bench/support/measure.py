"""Runs of two sides in turn, and what is said of them."""

import os
import platform
import statistics
import subprocess
import time
from dataclasses import dataclass, field

from support.before import runs


@dataclass
class Sample:
    """One run. `value` is what is compared; CPU seconds and peak bytes are of
    the measured process alone."""
    value: float
    cpu: float = 0.0
    peak: int = 0
    more: dict = field(default_factory=dict)


def cpu_of(pid):
    """CPU seconds of a process, its ended threads included."""
    return time.clock_gettime((~pid << 3) | 2)


def memory_of(pid, name):
    """Bytes, e.g. of RssAnon or VmHWM."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    return 0


def written_by(pid):
    """Bytes that a process gave to the disk."""
    with open(f"/proc/{pid}/io", encoding="ascii") as io:
        for line in io:
            if line.startswith("write_bytes:"):
                return int(line.split()[1])
    return 0


def run_program(arguments, **keywords):
    """Runs a program to its end; its output, CPU seconds and peak bytes."""
    with subprocess.Popen([str(x) for x in arguments], stdout=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True,
                          **keywords) as child:
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{arguments[0]}: exit code {child.returncode}")
    return output, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def readable(x):
    if x == 0:
        return "0"
    for limit, divisor, unit in ((1e9, 1e9, " G"), (1e6, 1e6, " M"),
                                 (1e3, 1e3, " k"), (1, 1, ""),
                                 (1e-3, 1e-3, " m"), (0, 1e-6, " u")):
        if abs(x) >= limit:
            return f"{x / divisor:.3g}{unit}"
    return str(x)


def spread(xs):
    """Median, least and greatest."""
    return {"median": statistics.median(xs), "least": min(xs),
            "greatest": max(xs)}


def show(s, form=readable):
    return f"{form(s['median'])} [{form(s['least'])} .. {form(s['greatest'])}]"


class Report:
    """Prints cases as they end, and collects them."""

    def __init__(self, pairs, before=None):
        self.pairs = pairs
        self.before = before
        self.cases = []

    def compare(self, bench, case, unit, sides, target=None, variants=()):
        """`sides` maps names to functions that give a Sample; the first is
        ours. They take turns. `target` is ("least" or "most", ratio);
        `variants` are sides that are ours, too, and only shown. With `before`, a build folder, the first
        side is compared with itself of that build."""
        if self.before:
            target, variants = None, ()
        if self.before and "before" not in sides:
            name = next(iter(sides))
            sides = {name: sides[name],
                     "before": runs(self.before, sides[name])}
        samples = {name: [] for name in sides}
        for _ in range(self.pairs):
            for name, run in sides.items():
                samples[name].append(run())
        self._conclude(bench, case, unit, samples, target, variants)

    def _conclude(self, bench, case, unit, samples, target, variants):
        names = list(samples)
        result = {"bench": bench, "case": case, "unit": unit,
                  "load": os.getloadavg()[0], "sides": {}, "ratios": {}}
        print(f"\n{bench}: {case} ({unit}; load {result['load']:.1f})")
        for name in names:
            xs = samples[name]
            side = {"value": spread([x.value for x in xs]),
                    "cpu_seconds": spread([x.cpu for x in xs]),
                    "peak_bytes": max(x.peak for x in xs),
                    "runs": [{"value": x.value, "cpu": x.cpu, "peak": x.peak,
                              **x.more} for x in xs]}
            for key in xs[0].more:
                side[key] = spread([x.more[key] for x in xs])
            result["sides"][name] = side
            more = "".join(f", {key.replace('_', ' ')} "
                           f"{readable(side[key]['median'])}"
                           for key in xs[0].more)
            print(f"  {name:<22} {show(side['value'])}; CPU "
                  f"{side['cpu_seconds']['median']:.3f} s, peak "
                  f"{side['peak_bytes'] / 2**20:.0f} MiB{more}")
        ours = samples[names[0]]
        for name in names[1:]:
            if name in variants:
                continue
            self._ratio(result, name, "value", ours, samples[name],
                        lambda x: x.value, target)
            for key in ours[0].more:
                if key in samples[name][0].more:
                    self._ratio(result, name, key, ours, samples[name],
                                lambda x, key=key: x.more[key], None)
        if len(names) == 1 and target:
            self._verdict(result, [x.value for x in ours], target)
        self.cases.append(result)

    def _ratio(self, result, name, key, ours, theirs, of, target):
        pairs = [(of(a), of(b)) for a, b in zip(ours, theirs)]
        if any(b == 0 for _, b in pairs):
            return
        ratios = [a / b for a, b in pairs]
        s = spread(ratios)
        result["ratios"].setdefault(name, {})[key] = s
        what = "" if key == "value" else f" of {key.replace('_', ' ')}"
        print(f"  ratio{what} to {name}: {show(s, '{:.3g}'.format)}", end="")
        if target and key == "value":
            self._verdict(result, ratios, target)
        else:
            print()

    @staticmethod
    def _verdict(result, xs, target):
        kind, wanted = target
        median = statistics.median(xs)
        met = median >= wanted if kind == "least" else median <= wanted
        result.setdefault("targets", []).append(
            {"kind": kind, "value": wanted, "median": median, "met": met})
        print(f"  wanted: at {kind} {wanted:g}: {'yes' if met else 'no'}")


def machine():
    model = ""
    with open("/proc/cpuinfo", encoding="ascii") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"processor": model, "cores": os.cpu_count(),
            "kernel": platform.release(), "load": os.getloadavg(),
            "date": time.strftime("%Y-%m-%d %H:%M:%S %Z")}
