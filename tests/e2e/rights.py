#!/usr/bin/env python3
"""Rights: the modes of the store's files, whatever the umask is, and a life
without root."""

import argparse
import os
import re
import shutil
import stat
import time

from counters import check_counters, total
from harness import Process, Scratch, check, run, wait_for
from publisher import Publisher
from service import Rrdflow

NOBODY = 65534


def sections():
    return {
        "rule": [{"name": "r", "topics": ["r/#"], "step": "1s",
                  "archives": ["1s for 1h"]}],
        "journal": {"segment_size": "2MiB"},
        "snapshot": {"every": "1s"},
        "cache": {"flush_after": "1s", "flush_jitter": "0s"},
        "limits": {"payload": "16KiB", "disk_reserve": "1MiB"},
    }


def check_modes(folder):
    """Files 0640 and folders 0750, whatever the umask was."""
    for mask in (0, 0o177):
        base = folder / f"umask-{mask:o}"
        with Rrdflow(base, "embedded", sections()) as service:
            service.store.rmdir()
            old = os.umask(mask)
            try:
                service.start()
            finally:
                os.umask(old)
            port = int((service.store / "broker" / "port").read_text())
            service.wait_connected()
            with Publisher(port) as p:
                for i in range(3):
                    p.publish("r/a", str(i))
                    p.publish("r/b/c", "x" * 10000)
                    p.drain()
                    time.sleep(1.1)
            wait_for("rows are written", lambda: service.rrd("r/a").exists()
                     and total(service.metrics(), "rows_written_total") > 1)
            # A damaged file, for what is put aside.
            service.rrd("r/a").write_bytes(b"RRD" + bytes(2000))
            with Publisher(port) as p:
                p.publish("r/a", "7")
            wait_for("it is put aside", lambda: total(
                service.metrics(), "files_quarantined") == 1)
            service.terminate()
        seen = wrong = 0
        for path in [service.store, *sorted(service.store.rglob("*"))]:
            mode = stat.S_IMODE(path.stat().st_mode)
            seen += 1
            wanted = 0o750 if path.is_dir() else 0o640
            if path.name == "mosquitto.db":
                wanted = 0o600  # mosquitto's own choice
            if mode != wanted:
                wrong += 1
                print(f"  {mode:o} {path.relative_to(base)}")
        print(f"  umask {mask:03o}: {seen} files and folders")
        check(seen > 20, "too few files to mean anything")
        check(wrong == 0, f"{wrong} files have other modes than 0640 or 0750")


def check_nobody(folder):
    """All of it works without root."""
    if os.geteuid() != 0:
        print("  not root: every test here runs without it")
        return
    base = folder / "nobody"
    base.mkdir()
    program = shutil.copy(Rrdflow(folder / "unused", "").program, base)
    with Rrdflow(base / "s", "embedded", sections()) as service:
        service.store.rmdir()
        folder.chmod(0o711)
        for path in (base, base / "s"):
            os.chown(path, NOBODY, NOBODY)
        service.process = Process(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}",
             "--clear-groups", "--no-new-privs", "--bounding-set=-all",
             "--inh-caps=-all", program, "run", "-c",
             str(service.configuration)], service.log, service.env)
        wait_for("/readyz says yes", service.ready)
        status = (f"/proc/{service.process.child.pid}/status")
        ids = re.search(r"Uid:\t(\d+)\t(\d+)", open(status).read())
        check(ids.groups() == (str(NOBODY),) * 2, f"it runs as {ids}")
        port = int((service.store / "broker" / "port").read_text())
        with Publisher(port) as p:
            for i in range(100):
                p.publish(f"r/{i}", "1")
        service.wait_taken(100)
        time.sleep(1.1)
        service.flush()
        check_counters(service.wait_rest())
        owner = service.rrd("r/7").stat().st_uid
        check(owner == NOBODY, f"the files are {owner}'s")
        service.terminate()


def main(_):
    with Scratch("rights") as folder:
        check_modes(folder)
        check_nobody(folder)


if __name__ == "__main__":
    run(main, argparse.ArgumentParser(description=__doc__).parse_args())
