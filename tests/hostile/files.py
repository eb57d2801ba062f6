#!/usr/bin/env python3
"""Hostile files: no room for new ones, and a second daemon on the same store.
What damage to files does: tests/faults/rrd_damage, journal_damage,
snapshot_damage, full_disk, system_calls."""

import contextlib
import os
import shutil
import subprocess
import time

import cases
from counters import total
from cases import skip_unless
from harness import Mosquitto, Process, check, wait_for
from service import Rrdflow
from world import RULE, World

GIBI = 1 << 30


@contextlib.contextmanager
def world(folder):
    yield folder


def case_09_case_insensitive_mount(folder):
    """On a file system that takes Temp for temp the files would be one."""
    skip_unless((folder / "PROBE").touch() or (folder / "probe").exists(),
                "this file system tells Temp from temp; "
                "case_09_case of topics shows two files")
    with World(folder / "case") as w:
        _, effect = w.readings(["Temp", "temp"])
        merged = effect.of("samples_merged_total")
        refused = effect.of("samples_refused_total", reason="collision")
        check(merged == 2 or refused == 1, "two series in one file")


def case_17_no_room_for_new_files(folder):
    """Below limits.disk_reserve no file is created; those that exist are
    written. With room again, the new ones are made."""
    kind = subprocess.run(["stat", "-f", "-c", "%T", folder], check=True,
                          capture_output=True, text=True).stdout.strip()
    skip_unless(kind in ("ext2/ext3", "xfs", "btrfs"),
                f"a ballast file on {kind} would cost more than its name")
    free = shutil.disk_usage(folder).free
    skip_unless(free > 12 * GIBI, "less than 12 GiB are free")
    folder = folder / "17"
    sections = {"rule": [RULE], "limits": {"disk_reserve": free - 4 * GIBI}}
    with World(folder, sections) as w:
        w.stored(["old"], ["old.rrd"])
        ballast = folder / "ballast"
        with open(ballast, "wb") as f:
            os.posix_fallocate(f.fileno(), 0, 6 * GIBI)
        # The segments that are there are filled, and the flow goes on.
        slot, effect = w.readings(["old", "new"], 5)
        effect.expect(messages_decoded_total=2)
        w.service.http("POST", "/api/v1/flush?series=old")
        wait_for("the old file is written", lambda:
                 w.value("old.rrd", slot) == 5)
        subprocess.Popen([w.service.program, "flush", "new", "-c",
                          w.service.configuration], env=w.service.env,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)
        check(w.files() == {"old.rrd"}, f"files {w.files()}")
        ballast.unlink()
        wait_for("the new file is made", lambda:
                 w.files() == {"old.rrd", "new.rrd"})
        w.service.flush()
        check(w.value("new.rrd", slot) == 6, "its reading is lost")


def case_36_to_40_in_campaigns(_):
    skip_unless(False, "see the campaigns rrd_damage, full_disk, "
                       "journal_damage and system_calls of tests/faults")


def case_41_second_daemon(folder):
    """On the same store, whatever its other settings."""
    with Mosquitto(folder / "41-broker") as broker, \
            Rrdflow(folder / "41", broker.address, {"rule": [RULE]}) as x:
        x.start()
        other = Rrdflow(folder / "41-other", broker.address, {
            "rule": [RULE], "store": {"directory": str(x.store)}})
        for store in (str(x.store), str(x.store) + "/.",
                      str(folder / "41-link")):
            if store.endswith("link"):
                os.symlink(x.store, store)
            other.configure({"rule": [RULE], "store": {"directory": store}})
            second = Process([other.program, "run", "-c",
                              str(other.configuration)], other.log, other.env)
            code = second.child.wait(20)
            check(code == 75, f"{store}: exit code {code}: {second.tail()}")
            check(store in second.tail(1), second.tail(1))
        check(x.ready(), "the first one has suffered")
        # A crash leaves no lock behind.
        x.kill()
        other.start()
        check(total(other.metrics(), "mqtt_connected") == 1, "not connected")
        other.terminate()


if __name__ == "__main__":
    cases.main(world)
