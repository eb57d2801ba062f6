"""Rows of the table of every_sensor.py: counters whose history is lost, which
`check` says before it happens, and the log when it does."""

import re
import subprocess

from sensor_case import LONG, Case, Rate

RESET = "a COUNTER without max"
DECIMALS = "takes whole numbers, and decimals are rounded"
LATER = '[[rule]]\nname = "r"\ntopics = ["r/#"]\nstep = "10s"\n'
FILE = '[[rrd]]\nname = "f"\nstep = "10s"\nsources = [ { topic = "x", ' \
       'path = "", label = "x", type = '

# What `check` says of these: whether a counter that begins again is a trap.
CHECKED = (
    ("COUNTER", LATER + 'type = "COUNTER"', True),
    ("COUNTER, max = 1000", LATER + 'type = "COUNTER"\nmax = 1000', False),
    ("COUNTER, min = 0", LATER + 'type = "COUNTER"\nmin = 0', True),
    ("an entry of fields: COUNTER",
     LATER + 'fields = [{ path = "E", type = "COUNTER", scale = 9 }]', True),
    ("an entry of fields: COUNTER, max = 9",
     LATER + 'fields = [{ path = "E", type = "COUNTER", max = 9 }]', False),
    ("an entry of fields with a COUNTER's rule, max in the rule",
     LATER + 'type = "COUNTER"\nmax = 1e6\nfields = [{ path = "E" }]', False),
    ("a source: COUNTER", FILE + '"COUNTER" } ]', True),
    ("a source: COUNTER, max = 1e6", FILE + '"COUNTER", max = 1e6 } ]', False),
    ("a source: DERIVE, min = 0", FILE + '"DERIVE", min = 0 } ]', False),
    ("DERIVE, min = 0", LATER + 'type = "DERIVE"\nmin = 0', False),
    ("DCOUNTER", LATER + 'type = "DCOUNTER"', False),
    ("GAUGE", LATER, False),
)


def table(now):
    t = int(now) // 3600 * 3600 - 7200

    def meter(given, kind, values, rates, rule="", **more):
        return Case("warnings", f"{kind}: {given}", [
            ("", f'{{"ts":{t + 60 * i},"v":{v}}}')
            for i, v in enumerate(values)],
            {"v": Rate([(t + 60 * i, t + 60 * (i + 1), r)
                        for i, r in enumerate(rates)])},
            rule=f'type = "{kind}"\nstep = "10s"\narchives = {LONG}\n{rule}',
            explain=False, **more)

    yield meter("no max, a device starts again at 0", "COUNTER",
                (50000, 56000, 100, 6100),
                (100, (2**32 - 56000 + 100) / 60, 100))
    kwh = [f"{6.1 + 0.012 * i:.3f}" for i in range(20)]
    yield meter("kWh with decimals", "COUNTER", kwh, [0] * 19, "max = 100",
                log=DECIMALS)
    yield meter("falls by decimals", "DERIVE",
                [f"{50.2 - 0.01 * i:.2f}" for i in range(10)], [0] * 9,
                log=DECIMALS)
    yield meter("decimals beyond its scale", "COUNTER", ("6.2941", "6.2943"),
                (0,), 'max = 100\nfields = [{ path = "v", scale = 1000 }]',
                log=DECIMALS)
    yield meter("kWh with decimals, scale = 1000", "COUNTER", kwh, [0.2] * 19,
                'max = 100\nfields = [{ path = "v", scale = 1000 }]')
    yield meter("kWh with decimals", "DCOUNTER", kwh, [0.0002] * 19)
    yield meter("6.0, 12.0, 1.8e1", "COUNTER", ("6.0", "12.0", "1.8e1"),
                (0.1, 0.1), "max = 100")


def check_check(table, service, folder):
    path = folder / "warned.toml"
    base = f'[store]\ndirectory = "{folder}/warned"\n'
    for given, text, warned in CHECKED:
        path.write_text(base + text + "\n")
        done = subprocess.run([service.program, "check", "-c", path],
                              capture_output=True, text=True, timeout=60)
        lines = [x for x in done.stdout.splitlines() + done.stderr.splitlines()
                 if "warning: " in x]
        row = 1 + max(i for i, x in enumerate(path.read_text().splitlines())
                      if "type" in x or "name" in x)
        said = [x for x in lines if RESET in x
                and re.match(rf"{re.escape(str(path))}:\d+:\d+: ", x)]
        wrong = []
        if bool(said) != warned:
            wrong.append("not warned of" if warned else "warned of")
        if done.returncode != 0:
            wrong.append(f"exit code {done.returncode}: {done.stderr}")
        if said and f":{row}:" not in said[0]:
            wrong.append(f"not line {row}")
        table.add("warnings", f"check: {given}",
                  "warned" if warned else "not warned",
                  said[0].split(": ", 1)[1][:40] if said else "nothing", wrong)


def check_remedy(table, service, folder):
    """What the log says of a heartbeat that is outlasted can be done."""
    path = folder / "cured.toml"
    for given, text in (("a rule", LATER), ("an entry of fields", LATER + (
            'fields = [{ path = "v", heartbeat = "auto" }]'))):
        text = text if "auto" in text else text.replace(
            'step =', 'heartbeat = "auto"\nstep =')
        path.write_text(f'[store]\ndirectory = "{folder}/cured"\n{text}\n')
        done = subprocess.run([service.program, "check", "-c", path],
                              capture_output=True, text=True, timeout=60)
        said = (done.stdout + done.stderr).splitlines()
        table.add("warnings", f'check: heartbeat = "auto" in {given}', "good",
                  said[0] if done.returncode else "good",
                  [f"exit code {done.returncode}"] * bool(done.returncode))


def check_run(table, service, metrics, cases):
    """What the running service says of the cases above."""
    log = service.log.read_text()
    trap = next(x for x in cases if x.kind == "warnings")
    lines = service.configuration.read_text().splitlines()
    row = 1 + lines.index('type = "COUNTER"',
                          lines.index(f'name = "{trap.name}"'))
    said = [x for x in log.splitlines() if RESET in x]
    wrong = [] if any(f":{row}:" in x or trap.prefix in x for x in said) else [
        f"not said of line {row}"]
    wrong += [f"said of another line: {x}" for x in said
              if f":{row}:" not in x and trap.prefix not in x
              and '"COUNTER"' not in x]
    table.add("warnings", f"the log: {trap.given}", "warned",
              said[0] if said else "nothing", wrong)
    key = "integer_series_with_decimals_total"
    wanted = sum(x.log == DECIMALS for x in cases)
    got = metrics.get(key)
    table.add("warnings", f"the metric {key}", wanted, got,
              [] if got == wanted else ["another number"])
