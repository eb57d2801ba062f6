#!/usr/bin/python3
"""The README's first example, followed: two days of three sensors that send
each minute, each five minutes and each hour, of a Tasmota energy meter and of
a Shelly switch, all with the times in the payloads. Each row of each archive,
what the HTTP interface gives, and the charts of the page have no gap, and the
values are those that the devices sent. The example comes out of the README;
only the store, the addresses and the room that a test has are others.

  first_example.py --shots build/page [--picture packaging/first-example.png]
"""

import argparse
import math
import re
import shlex
import shutil
import time
import urllib.parse
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import rrdtool
from first_devices import HOUR, household
from harness import ROOT, Mosquitto, Scratch, check, run
from household import DAY
from page_driver import Page, until
from publisher import publish_all
from service import Rrdflow

# For a test: little room on the disk, and no other service on its port.
PRIVATE = """
[journal]
segment_size = "16MiB"

[limits]
disk_reserve = "1MiB"

[http]
listen = ["127.0.0.1:{port}"]
"""


# -- what the README says -----------------------------------------------------

def quick_start():
    """The first example of the README, and the verbs that stand below it."""
    text = (ROOT / "README.md").read_text()
    example = re.search(r"^```toml\n(.*?)^```\n", text, re.M | re.S)
    verbs = re.search(r"^```\n(rrdflow .*?)^```\n", text[example.end():],
                      re.M | re.S)
    lines = [shlex.split(x, comments=True) for x in verbs[1].splitlines()]
    return example[1], [x[1:] for x in lines if x[0] == "rrdflow"]


def replaced(text, key, value):
    """`text` with another value of a key that it has once."""
    result, n = re.subn(rf'^{key} = ".*?"', f'{key} = "{value}"', text,
                        flags=re.M)
    check(n == 1, f"README: {n} lines with {key}")
    return result


# -- what must be there -------------------------------------------------------

CONSOLIDATED = {"AVERAGE": fmean, "MIN": min, "MAX": max}


def wrong_rows(slots, step, function, length, rows):
    """Of rows {end: value}: how many lie where the device was alive, and which
    of them are unknown or have another value: (end, is, should be)."""
    seen, wrong = 0, []
    for end, value in rows.items():
        inside = [slots.get(x) for x in range(end - length + step, end + 1,
                                              step)]
        if None in inside:
            continue
        should = CONSOLIDATED[function](inside)
        seen += 1
        if value is None or not math.isclose(value, should, rel_tol=1e-9,
                                             abs_tol=1e-12):
            wrong.append((end, value, should))
    return seen, wrong


def check_rows(what, slots, step, function, length, rows, least):
    seen, wrong = wrong_rows(slots, step, function, length, rows)
    check(not wrong, f"{what}: {len(wrong)} of {seen} rows are wrong, the "
          f"first (end, is, should be): {wrong[:3]}")
    check(seen >= least, f"{what}: {seen} rows instead of {least}")
    return seen


def check_archives(service, device, path, slots):
    """All archives, by librrd."""
    file = service.rrd(device.series(path).replace(":", "=3A"))
    facts = rrdtool.info(file)
    check(int(facts["step"]) == device.step, f"{file}: step {facts['step']}")
    i = count = 0
    while f"rra[{i}].cf" in facts:
        function = facts[f"rra[{i}].cf"]
        length = int(facts[f"rra[{i}].pdp_per_row"]) * device.step
        # The file ends with the slot that is over.
        end = int(facts["last_update"]) // length * length
        begin = max(min(slots) // length * length,
                    end - int(facts[f"rra[{i}].rows"]) * length)
        found, step = rrdtool.fetch(file, begin, end, length, function)
        check(step == length, f"{file}: rows of {step} s for {length} s")
        rows = {x: None if math.isnan(y[0]) else y[0]
                for x, y in found.items() if x <= end}
        least = (min(max(slots), end) - begin) // length - 1
        count += check_rows(f"{file.name} {function} of {length} s", slots,
                            device.step, function, length, rows, least)
        i += 1
    check(i == 9, f"{file}: {i} archives")
    return count


def check_interface(service, device, path, slots, now):
    """/api/v1/data, the running slot included."""
    count = 0
    for span in (HOUR, 6 * HOUR, DAY, 2 * DAY, 7 * DAY):
        query = urllib.parse.urlencode({
            "series": device.series(path), "from": now - span, "to": now,
            "points": 900, "cf": "average,min,max", "format": "columns"})
        answer = service.get(f"/api/v1/data?{query}")
        step = answer["step"]
        for function in CONSOLIDATED:
            rows = {answer["start"] + (i + 1) * step: x for i, x in
                    enumerate(answer[function.lower()])}
            first = max(min(slots), now - span)
            least = (max(slots) - first) // step - 2
            count += check_rows(f"{device.series(path)} {function}, data of "
                                f"{span} s", slots, device.step, function,
                                step, rows, least)
    return count


# -- the page -----------------------------------------------------------------

# The columns of the chart in which a series' colour is, and its width.
COLUMNS = """
const probe = document.getElementById('probe');
probe.style.color = `var(--series-${arguments[0]})`;
const colour = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
const found = new Set();
let wide = 0;
for (const canvas of document.querySelectorAll('#chart canvas')) {
  const {width, height} = canvas;
  if (width === 0 || height === 0)
    continue;
  wide = Math.max(wide, width);
  const {data} = canvas.getContext('2d').getImageData(0, 0, width, height);
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] > 120 // the band has less
        && colour.every((x, k) => Math.abs(data[i + k] - x) < 70))
      found.add(i / 4 % width);
}
return [[...found].sort((x, y) => x - y), wide];
"""


def drawn(page, slot=0):
    """Where the line begins and ends, as parts of the chart; and its gaps."""
    columns, width = page.driver.execute_script(COLUMNS, slot)
    if not columns:
        return None
    gaps = [x for x in pairwise(columns) if x[1] - x[0] > 1]
    return columns[0] / width, columns[-1] / width, gaps


def check_chart(page, device, path, slots, now):
    """The line is whole, in each range, wherever there were readings; that of
    the hourly sensor goes on to now."""
    for state, span in (({"range": "1h"}, HOUR), ({"range": "6h"}, 6 * HOUR),
                        ({"range": "24h"}, DAY),
                        ({"from": now - 2 * DAY, "to": now}, 2 * DAY),
                        ({"range": "7d"}, 7 * DAY)):
        name = f"{device.series(path)}, {state}"
        page.open(series=device.series(path), **state)
        until(lambda: page.legend() and page.legend()[0]["mean"], name)
        begin, end, gaps = until(lambda: drawn(page), f"{name}: a line")
        check(not gaps, f"{name}: the line has gaps: {gaps}")
        # Where the window ends.
        at = now if "from" in state else time.time()
        # Left of the chart are the labels of its axis.
        left = 0.07
        first = left + (1 - left) * max(0, (min(slots) - at) / span + 1)
        # It begins at the end of a row.
        late = device.step / span + 0.02
        check(begin <= first + late, f"{name}: begins at {begin:.3f} instead "
              f"of {first:.3f}")
        last = 1
        if device.interval < HOUR:
            last -= (at - max(slots)) / span
        check(end >= last - late, f"{name}: ends at {end:.3f} instead of "
              f"{last:.3f}")


def take_picture(page, devices, name):
    """One day of the three sensors."""
    series = [x.series("temperature") for x in devices[:3]]
    page.open(series=series, range="24h", open=["zigbee/", *(
        f"zigbee/{x.name}/" for x in devices[:3])])
    until(lambda: len(page.legend()) == 3
          and all(x["mean"] and x["last"] for x in page.legend()), "figures")
    until(lambda: all(drawn(page, slot) for slot in range(3)), "three lines")
    until(lambda: page.text("#live") == "Live", "it is live")
    until(lambda: len(page.rows()) == 9, "the tree")
    page.shoot(name)
    for slot in range(3):
        check(not drawn(page, slot)[2], f"line {slot} has gaps")


def main(options):
    example, verbs = quick_start()
    now = int(time.time())
    devices = household(now)
    sent = sorted(x for d in devices for x in d.messages())
    with Scratch("first-example") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address) as service:
        text = replaced(example, "directory", service.store)
        text = replaced(text, "broker", broker.address)
        service.configure({}, text + PRIVATE.format(port=service.port))
        service.start()
        service.wait_connected()
        publish_all(broker.port, (x[1:] for x in sent))
        service.wait_taken(len(sent))
        for verb, says in zip(verbs, ("good, with 3 rules",
                                      "zigbee/hall/temperature",
                                      "zigbee/cellar/humidity"), strict=True):
            check(says in service.verb(*verb), f"{verb} does not say {says}")
        print(service.flush().strip())
        series = {d.series(path): (d, path, d.slots(path))
                  for d in devices for path in d.readings}
        listed = {x["name"] for x in service.get("/api/v1/series?limit=1000")}
        check(listed == set(series), f"series: {listed ^ set(series)}")
        files = sum(check_archives(service, *x) for x in series.values())
        data = sum(check_interface(service, *x, now) for x in series.values())
        print(f"{len(sent)} messages, {len(series)} series: {files} rows of "
              f"files and {data} of the HTTP interface are right")
        page = Page(f"http://127.0.0.1:{service.port}", options.shots)
        try:
            for d, path, slots in series.values():
                if path == "temperature" or path in d.meters:
                    check_chart(page, d, path, slots, now)
                    print(f"chart of {d.series(path)}: full")
            take_picture(page, devices, "first-example")
            page.check_clean()
            log = service.log.read_text()
            check(not re.search(" (warn|err|crit)", log), log)
        finally:
            page.close()
        service.terminate()
    if options.picture:
        shutil.copy(page.shots / "first-example.png", options.picture)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shots", default="build/page")
    parser.add_argument("--picture", type=Path, help="where to copy the last "
                        "picture")
    run(main, parser.parse_args())
