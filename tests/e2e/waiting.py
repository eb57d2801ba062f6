#!/usr/bin/env python3
"""Files that cannot be written for a reason that can pass: rights, what stands
in a folder's place, a folder that is gone, a mount. Their rows wait, `flush`,
the log and /readyz name them; when it is put right they are written without a
word, each value at its place. The service has no rights of root, the test has."""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import time

import oracle
import rrdtool
from counters import check_counters, total
from harness import Mosquitto, Process, Scratch, check, run, wait_for
from publisher import Publisher
from service import Rrdflow, value_rule

NOBODY = 65534
FILES = 10
ROWS = 3000


def sections():
    return {
        "rule": [value_rule("w", f"RRA:LAST:0.5:1:{ROWS}",
                            f"RRA:AVERAGE:0.5:1:{ROWS}", topics=["w/#"])],
        "cache": {"flush_after": "1s", "flush_jitter": "0s"},
        "snapshot": {"every": "1s"},
        "writer": {"creates_per_second": 10000},
        "limits": {"disk_reserve": "1MiB"},
    }


class Group:
    """The series of one case, in a folder of their own."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.base = int(time.time()) - ROWS + 500
        self.series = [oracle.Series(f"w/{name}/{i}", 1)
                       for i in range(FILES)]

    @property
    def folder(self):
        return self.world.service.store / "rrd" / "w" / self.name

    @property
    def files(self):
        return [self.world.service.rrd(x.name) for x in self.series]

    def begin_again(self):
        """What the files had is gone, and meant to be."""
        self.series = [oracle.Series(x.name, 1) for x in self.series]

    def send(self, rows):
        w = self.world
        with Publisher(w.broker.port) as p:
            for _ in range(rows):
                self.base += 1
                for x in self.series:
                    w.values += 1
                    value = w.values * 7919 % 1000003 / 8
                    x.add(self.base * 1000, value)
                    p.publish(x.name, f'{{"ts": {self.base}, "v": {value!r}}}')
            w.sent += p.drain()
        w.service.wait_taken(w.sent)

    def written(self):
        """Whether all that was sent is in the files."""
        def last(path):
            done = subprocess.run(["rrdtool", "last", path], text=True,
                                  capture_output=True, timeout=60)
            return int(done.stdout) if done.returncode == 0 else 0
        return all(last(x) == self.base for x in self.files)

    def lost(self):
        """How many slots have not the value that was sent."""
        wrong = 0
        for path, x in zip(self.files, self.series):
            x.flush(time.time())
            verdict = oracle.examine(path, x)
            wrong += len(x.rows) if verdict.missing else len(verdict.wrong)
        return wrong


class World:
    def __init__(self, folder, broker):
        self.folder, self.broker = folder, broker
        self.sent = self.values = 0
        self.complaints = []
        self.program = shutil.copy(Rrdflow(folder / "unused", "").program,
                                   folder)
        self.open("first")

    def open(self, name):
        """A service of its own."""
        self.sent = 0
        base = self.folder / name
        self.service = Rrdflow(base, self.broker.address, sections())
        self.service.store.chmod(0o750)
        for x in (base, self.service.store):
            os.chown(x, NOBODY, NOBODY)

    def start(self):
        s = self.service
        s.process = Process(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}",
             "--clear-groups", "--no-new-privs", "--bounding-set=-all",
             "--inh-caps=-all", self.program, "run", "-c",
             str(s.configuration)], s.log, s.env)
        wait_for("/readyz says yes", s.ready)
        s.wait_connected()

    def complain(self, text):
        print(f"  {text}", flush=True)
        self.complaints.append(text)

    def flush(self):
        """The failures that it names."""
        status, body = self.service.http("POST", "/api/v1/flush")
        return json.loads(body).get("failures", [])

    def ready_text(self):
        status, body = self.service.http("GET", "/readyz")
        return status, body.decode()

    def hindered(self, group, reason, rows=10, named=FILES):
        """Rows come, in three parts with a flush behind each."""
        for part in range(3):
            group.send(rows)
            failures = self.flush()
            here = [x for x in failures if x.startswith(f"w/{group.name}/")]
            if len(here) < named or not all(reason in x for x in here):
                self.complain(f"{group.name}: flush {part} names {len(here)} "
                              f"of {named} files with \"{reason}\": "
                              f"{failures[:2]}")
        status, text = self.ready_text()
        if f"w/{group.name}/" not in text or reason not in text:
            self.complain(f"{group.name}: /readyz: {status} {text}")

    def cured(self, group):
        """By itself, then once more with other rows."""
        end = time.monotonic() + 25
        while not group.written() and time.monotonic() < end:
            time.sleep(0.1)
        alone = group.written()
        group.send(1)
        failures = self.flush()
        lost, all_rows = group.lost(), sum(len(x.rows) for x in group.series)
        abandoned = total(self.service.metrics(), "rows_abandoned_total")
        print(f"{group.name}: {lost} of {all_rows} rows are lost; "
              f"{abandoned:.0f} abandoned so far", flush=True)
        if lost:
            self.complain(f"{group.name}: {lost} of {all_rows} rows are lost")
        if not alone:
            self.complain(f"{group.name}: did not go on by itself")
        if failures:
            self.complain(f"{group.name}: cured, flush says {failures[:2]}")
        status, text = self.ready_text()
        if status != 200 or "waits" in text or "w/" in text:
            self.complain(f"{group.name}: cured, /readyz: {status} {text}")

    def case(self, name, reason, hinder, cure, rows=10, named=FILES,
             before=10):
        group = Group(self, name)
        if before:
            group.send(before)
            self.flush()
        hinder(group)
        try:
            self.hindered(group, reason, rows, named)
        finally:
            cure(group)
        self.cured(group)


def own(path, user=NOBODY):
    os.chown(path, user, user, follow_symlinks=False)


def check_one_file(w):
    def each(user):
        return lambda g: own(g.files[3], user)
    w.case("owner", "Permission denied", each(0), each(NOBODY), named=1)
    # Of later cases it may say only how many more there were.
    if ("w/owner/3.rrd: Permission denied; remedy: "
            not in w.service.log.read_text()):
        w.complain("owner: the log does not say so")


def check_all_files(w):
    def each(user):
        return lambda g: [own(x, user) for x in g.files]
    w.case("owners", "Permission denied", each(0), each(NOBODY))


def check_store(w):
    """rrd/ itself: nothing at all can be written."""
    rrd = w.service.store / "rrd"

    def hinder(_):
        own(rrd, 0)

    def cure(_):
        status, text = w.ready_text()
        if status != 503:
            w.complain(f"nothing can be written, /readyz: {status} {text}")
        own(rrd)
    w.case("store", "Permission denied", hinder, cure)
    # Files that were not there before.
    w.case("store_new", "Permission denied", hinder, cure, before=0)


def check_mode(w):
    def hinder(g):
        for x in g.files:
            own(x, 0)
            x.chmod(0o444)

    def cure(g):
        for x in g.files:
            own(x)
            x.chmod(0o640)
    w.case("mode", "Permission denied", hinder, cure)


def check_folder_mode(w):
    """New files in a folder that is not to be written."""
    def hinder(g):
        g.folder.mkdir()
        own(g.folder)
        g.folder.chmod(0o555)
    w.case("folder", "Permission denied", hinder,
           lambda g: g.folder.chmod(0o755), before=0)


def check_in_the_way(w):
    def aside(make):
        def hinder(g):
            g.folder.rename(w.folder / "aside")
            make(g.folder)
        return hinder

    def cure(g):
        g.folder.unlink()
        (w.folder / "aside").rename(g.folder)
    w.case("a_file", "Not a directory",
           aside(lambda x: x.write_text("in the way")), cure)
    w.case("a_loop", "ymbolic link",
           aside(lambda x: x.symlink_to(x.name)), cure)
    w.case("a_link", "ymbolic link",
           aside(lambda x: x.symlink_to(w.folder / "aside")), cure)


def check_in_the_files_way(w):
    def aside(make):
        def hinder(g):
            x = g.files[5]
            x.rename(w.folder / "aside")
            make(x)
        return hinder

    def cure(g):
        x = g.files[5]
        x.rmdir() if x.is_dir() and not x.is_symlink() else x.unlink()
        (w.folder / "aside").rename(x)
    w.case("file_loop", "ymbolic link",
           aside(lambda x: x.symlink_to(x.name)), cure, named=1)
    w.case("file_folder", "folder stands in its place",
           aside(lambda x: x.mkdir()), cure, named=1)


def check_gone(w, name):
    """A folder that is deleted is made again, be it rrd/ itself."""
    group = Group(w, name)
    group.send(10)
    w.flush()
    group.begin_again()
    shutil.rmtree(w.service.store / "rrd" if name == "all_gone"
                  else group.folder)
    group.send(10)
    w.cured(group)


def check_immutable(w):

    def mark(sign):
        return lambda g: subprocess.run(["chattr", sign + "i", *g.files],
                                        check=True, capture_output=True)
    probe = w.folder / "probe"
    probe.write_text("")
    if subprocess.run(["chattr", "+i", probe],
                      capture_output=True).returncode != 0:
        print("immutable: skipped, the file system has no such mark")
        return
    subprocess.run(["chattr", "-i", probe], check=True)
    w.case("immutable", "Operation not permitted", mark("+"), mark("-"))


def check_mounts(w):
    def mount(options):
        def hinder(g):
            g.folder.mkdir(parents=True, exist_ok=True)
            own(g.folder)
            subprocess.run(["mount", "-t", "tmpfs", "-o",
                            f"uid={NOBODY},size=8m{options}", "none",
                            g.folder], check=True, capture_output=True)
        return hinder

    def cure(g):
        subprocess.run(["umount", g.folder], check=True, capture_output=True)
    probe = w.folder / "mount"
    probe.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "none", probe],
                      capture_output=True).returncode != 0:
        print("mounts: skipped, this machine mounts nothing")
        return
    subprocess.run(["umount", probe], check=True)
    w.case("mounted", "nvalid cross-device link", mount(""), cure, before=0)
    w.case("read_only", "Read-only file system", mount(",ro"), cure, before=0)


def check_restart(w):
    """Rows that waited at the end wait on after a start."""
    group = Group(w, "restart")
    group.send(10)
    w.flush()
    for x in group.files:
        own(x, 0)
    w.hindered(group, "Permission denied")
    w.service.kill()
    w.start()
    group.send(10)
    for x in group.files:
        own(x)
    w.cured(group)


def check_forget(w):
    """What cannot be written is not forgotten, unless it is to be deleted."""
    group = Group(w, "forget")
    group.send(10)
    w.flush()
    for x in group.files:
        own(x, 0)
    group.send(10)
    w.service.verb("forget", "w/forget/*", "--yes", code=74)
    names = {x["name"] for x in w.service.get("/api/v1/series")}
    if not names.issuperset(x.name for x in group.series):
        w.complain("forget: names were freed whose rows are not written")
    w.hindered(group, "Permission denied")
    for x in group.files:
        own(x)
    w.cured(group)


def check_copied(w, fresh):
    """Files that root copied into the store before a start, of a service that
    knows them or of one that does not."""
    group = Group(w, "copied_to_new" if fresh else "copied")
    group.send(10)
    w.flush()
    w.service.terminate()
    before = group.files
    if fresh:
        w.open("second")
        group.folder.mkdir(parents=True)
        for x in (w.service.store / "rrd", group.folder.parent, group.folder):
            own(x)
    for x, y in zip(before, group.files):
        copy = y.with_suffix(".copy")
        shutil.copy(x, copy)
        copy.rename(y)
        y.chmod(0o640)
    w.start()
    w.hindered(group, "Permission denied", rows=5)
    for x in group.files:
        own(x)
    w.cured(group)


def main(options):
    if os.geteuid() != 0:
        print("skipped: only root can take rights away from another user")
        return
    with Scratch("waiting") as folder, \
            Mosquitto(folder / "broker") as broker:
        folder.chmod(0o711)
        w = World(folder, broker)
        checks = [check_one_file, check_all_files, check_store, check_mode,
                  check_folder_mode, check_in_the_way, check_in_the_files_way,
                  lambda w: check_gone(w, "gone"), check_immutable,
                  check_mounts, check_forget, check_restart,
                  lambda w: check_copied(w, False),
                  lambda w: check_gone(w, "all_gone"),
                  lambda w: check_copied(w, True)]
        with contextlib.ExitStack() as stack:
            stack.callback(lambda: w.service.process.alive()
                           and w.service.kill())
            w.start()
            for x in checks:
                x(w)
            check_counters(w.service.wait_rest())
            w.service.terminate()
        check(not w.complaints, f"{len(w.complaints)} complaints:\n  "
              + "\n  ".join(w.complaints))


if __name__ == "__main__":
    run(main, argparse.ArgumentParser(description=__doc__).parse_args())
