#!/usr/bin/env python3
"""The log is never in the way: with stdin, stdout and stderr closed nothing of
it gets into the store; the service goes on when the reader of its log has gone,
does not read, or the disk under it is full, and says how many lines are
missing. A verb whose output nobody reads ends without a word."""

import argparse
import contextlib
import fcntl
import os
import re
import signal
import subprocess
import time

from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, wait_for
from publisher import Publisher
from service import Rrdflow

LOCKED = 75
DROPPED = "log_lines_dropped_total"
RULE = {"name": "r", "topics": ["r/#"], "step": "1s",
        "archives": ["1s for 1h"]}
LINE = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} +[a-z]+ ")
NOTICE = re.compile(r"(\d+) lines of the log were dropped")


class Pipe:
    """A pipe that the service may have as its stderr."""

    def __init__(self, full=False):
        self.reader, self.writer = os.pipe()
        fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, 4096)
        if full:
            os.set_blocking(self.writer, False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(self.writer, b"x" * 4095 + b"\n")
            os.set_blocking(self.writer, True)
        os.set_blocking(self.reader, False)
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop_reading()
        os.close(self.writer)

    def stop_reading(self):
        if self.reader is not None:
            os.close(self.reader)
        self.reader = None

    def read(self):
        """All that was written so far."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.reader, 65536):
                self.text += data.decode()
        return self.text


def send(service, broker, n=10):
    """Messages that the service takes."""
    before = total(service.metrics(), "messages_taken_total")
    with Publisher(broker.port) as p:
        for i in range(n):
            p.publish(f"r/{i}", "1")
        p.drain()
    service.wait_taken(before + n)


def dropped(service):
    return service.metrics()[DROPPED]


def end(service, limit=8.0):
    begin = time.monotonic()
    service.terminate()
    took = time.monotonic() - begin
    check(took < limit, f"SIGTERM took {took:.1f} s")
    return took


def log_text(folder):
    """The files that have a line of the log in them."""
    return [str(x) for x in folder.rglob("*")
            if x.is_file() and LINE.search(x.read_bytes())]


def check_closed(folder, broker):
    """Any of the first three descriptors may be closed."""
    for closed in ((0,), (1,), (2,), (0, 1, 2)):
        where = folder / "".join(str(x) for x in closed)
        signs = " ".join(f"{x}>&-" for x in closed)
        shell = ["/bin/sh", "-c", f'exec "$@" {signs}', "sh"]
        with Rrdflow(where, broker.address, {"rule": [RULE]}) as service:
            service.start(before=shell)
            fds = f"/proc/{service.process.child.pid}/fd"
            for x in closed:
                file = os.readlink(f"{fds}/{x}")
                check(file == "/dev/null", f"{signs}: {x} is {file}")
                flags = os.stat(f"{fds}/{x}", follow_symlinks=False).st_mode
                check(bool(flags & 0o200) == (x > 0), f"{signs}: mode of {x}")
            send(service, broker)
            service.process.child.send_signal(signal.SIGHUP)
            done = subprocess.run(
                [*shell, service.program, "flush", "-c",
                 service.configuration], stdout=subprocess.DEVNULL,
                env=service.env, timeout=60)
            check(done.returncode == 0, f"flush {signs}: {done.returncode}")
            check_counters(service.wait_rest())
            end(service)
            found = log_text(service.store)
            check(not found, f"{signs}: the log is in {found}")
            # The control: such lines are found where they should be.
            service.start()
            check_counters(service.wait_rest())
            end(service)
            check(log_text(where) == [str(service.log)], "no line found")
            last = service.log.read_text().splitlines()[-1]
            check(last.endswith(" stopped"), f"the last line is {last!r}")


def check_reader_gone(folder, broker):
    """The reader goes: before the start, or while the service runs."""
    for early in (True, False):
        with Pipe() as pipe, Rrdflow(folder / str(early), broker.address,
                                     {"rule": [RULE]}) as service:
            if early:
                pipe.stop_reading()
            service.start(stderr=pipe.writer)
            if not early:
                check("ready" in pipe.read(), f"the log is {pipe.text!r}")
                check(dropped(service) == 0, "dropped for a reader")
                pipe.stop_reading()
            before = dropped(service)
            service.process.child.send_signal(signal.SIGHUP)
            wait_for("dropped lines", lambda: dropped(service) > before)
            send(service, broker)
            check_counters(service.wait_rest())
            end(service)


def check_no_space(folder, broker):
    """A disk that is full under the log."""
    with open("/dev/full", "wb") as full, Rrdflow(
            folder, broker.address, {"rule": [RULE]}) as service:
        service.start(stderr=full.fileno())
        wait_for("dropped lines", lambda: dropped(service) > 0)
        send(service, broker)
        end(service)


def check_not_read(folder, broker):
    """A full pipe: nothing waits for it, and what is missing is named."""
    with Pipe(full=True) as pipe, Rrdflow(folder, broker.address,
                                          {"rule": [RULE]}) as service:
        service.start(stderr=pipe.writer)
        check(not fcntl.fcntl(pipe.writer, fcntl.F_GETFL) & os.O_NONBLOCK,
              "stderr does not block any more")
        # More than may wait.
        text = service.configuration.read_text()
        service.configuration.write_text(text + "".join(
            f'[[rule]]\nname = "x{i}"\n{"k" * 200} = 1\n'
            for i in range(5000)))
        service.process.child.send_signal(signal.SIGHUP)
        wait_for("dropped lines", lambda: dropped(service) > 0)
        service.configuration.write_text(text)
        send(service, broker, 100)
        broker.stop()
        wait_for("it notices", lambda: not service.connected())
        broker.start()
        begin = time.monotonic()
        wait_for("subscribed again", service.connected, 60, 0.02)
        back = time.monotonic() - begin
        check(back < 2.5, f"subscribed after {back:.1f} s")
        send(service, broker)
        # A second process cannot say why it ends, but ends.
        begin = time.monotonic()
        second = subprocess.run(
            [service.program, "run", "-c", service.configuration],
            stderr=pipe.writer, env=service.env, timeout=60)
        check(second.returncode == LOCKED, f"locked: {second.returncode}")
        refused = time.monotonic() - begin
        check(refused < 5, f"refused after {refused:.1f} s")
        # Its reader comes back: the log says what is missing, and goes on.
        said = dropped(service)
        wait_for(f"{said:.0f} is said", lambda: said == sum(
            int(x) for x in NOTICE.findall(pipe.read())))
        service.process.child.send_signal(signal.SIGHUP)
        wait_for("the log goes on", lambda: "are in force" in pipe.read())
        lines = pipe.text.splitlines()
        broken = [x for x in lines if not x.startswith("x" * 4095)
                  and not LINE.match(x.encode())]
        check(not broken, f"broken lines: {broken[:3]}")
        check(dropped(service) == said, "dropped for a reader")
        check_counters(service.wait_rest())
        took = end(service)
        check(pipe.read().endswith(" stopped\n"), "the last line is missing")
        print(f"  {said:.0f} of {said + len(lines):.0f} lines dropped; back after "
              f"{back:.2f} s, ended in {took:.1f} s")


def check_end_not_read(folder, broker):
    """SIGTERM while the pipe is full."""
    with Pipe(full=True) as pipe, Rrdflow(folder, broker.address,
                                          {"rule": [RULE]}) as service:
        service.start(stderr=pipe.writer)
        send(service, broker)
        print(f"  not read: ended in {end(service):.1f} s")


def check_verbs(folder, broker):
    """A verb that nobody listens to, wherever SIGPIPE is ignored, too."""
    with Rrdflow(folder, broker.address, {"rule": [RULE]}) as service:
        service.start()
        send(service, broker)
        for verb in (["list"], ["stats"], ["config"]):
            for ignored in (False, True):
                with Pipe() as pipe:
                    pipe.stop_reading()
                    done = subprocess.run(
                        [service.program, *verb, "-c", service.configuration],
                        stdin=subprocess.DEVNULL, stdout=pipe.writer,
                        stderr=subprocess.PIPE, text=True, env=service.env,
                        restore_signals=not ignored, timeout=60)
                check(done.returncode == -signal.SIGPIPE and not done.stderr,
                      f"{verb}: {done.returncode} {done.stderr!r}")
        end(service)


CASES = {"closed": check_closed, "reader_gone": check_reader_gone,
         "no_space": check_no_space, "not_read": check_not_read,
         "end_not_read": check_end_not_read, "verbs": check_verbs}


def main(options):
    with Scratch("log") as folder, Mosquitto(folder / "broker") as broker:
        for name in options.case or CASES:
            begin = time.monotonic()
            CASES[name](folder / name, broker)
            print(f"  {name}: {time.monotonic() - begin:.1f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", nargs="+", choices=CASES)
    run(main, parser.parse_args())
