#!/usr/bin/env python3
"""Checks the tests' own tools without the program under test: the publisher
against mosquitto, the oracle against rrdtool, and that wrong files, shifted
ones above all, are found."""

import argparse
import contextlib
import math
import random
import socket
import struct
import subprocess
import threading
import time

import exact
import oracle
import rrdtool
from counters import identities, parse_metrics, total
from harness import Failure, HeldPort, Mosquitto, Scratch, check, run
from publisher import Publisher, publish_packet, topic_matches
from service import merged, toml


def check_publisher(folder, count):
    with Mosquitto(folder / "broker") as broker:
        sub = subprocess.Popen(
            ["mosquitto_sub", "-p", str(broker.port), "-t", "#", "-q", "1",
             "-c", "-i", "counter", "-C", str(count)],
            stdout=subprocess.PIPE, text=True)
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(sub.stdout))
        reader.start()
        try:
            broker.wait_logged(r" counter 1 #$")
            begin = time.monotonic()
            with Publisher(broker.port) as publisher:
                for i in range(count):
                    publisher.publish(f"a/{i % 7}", f"{i}")
                acknowledged = publisher.drain()
            rate = count / (time.monotonic() - begin)
            reader.join(60)
        finally:
            sub.kill()
            sub.wait()
        check(acknowledged == count, f"{acknowledged} of {count} acknowledged")
        check([x.strip() for x in lines] == [str(i) for i in range(count)],
              f"{len(lines)} of {count} messages arrived, or out of order")
        print(f"  publisher: {rate:.0f} messages per second")
        with Publisher(broker.port) as publisher:
            publisher.publish("kept", "x" * 300, retain=True)
        kept = subprocess.run(
            ["mosquitto_sub", "-p", str(broker.port), "-t", "kept", "-C", "1",
             "-W", "5", "-F", "%r %l"], capture_output=True, text=True)
        check(kept.stdout.strip() == "1 300", f"retained: {kept.stdout!r}")
        # A broker that goes away is noticed, not counted.
        publisher = Publisher(broker.port)
        broker.kill()
        try:
            publisher.publish("a", "1")
            publisher.drain()
            raise AssertionError("an acknowledgement from nowhere")
        except (Failure, OSError):
            check(publisher.acknowledged == 0, "acknowledged from nowhere")
    packet = publish_packet("t", b"x" * 200, 5)
    check(packet[:3] == b"\x32\xcd\x01", f"length {packet[:3]!r}")


def check_ports():
    held = HeldPort()
    with socket.socket() as other, contextlib.suppress(OSError):
        other.bind(("127.0.0.1", held.number))
        raise Failure("another socket got a port that is held")
    with socket.create_server(("127.0.0.1", held.number)) as server:
        with socket.create_connection(("127.0.0.1", held.number)):
            server.accept()[0].close()
    number = held.number
    del held
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", number))


def check_numbers():
    # What std::to_chars(double) of libstdc++ 12 prints.
    known = (
        (21.5, "21.5"), (20.0, "20"), (0.0, "0"), (-0.0, "-0"), (1e5, "1e+05"),
        (123456.0, "123456"), (1e-5, "1e-05"), (0.001, "0.001"),
        (0.0001, "1e-04"), (1e22, "1e+22"), (1.5e300, "1.5e+300"),
        (12345678.25, "12345678.25"), (0.00012345, "0.00012345"),
        (1e-320, "1e-320"), (-1.25e-7, "-1.25e-07"), (100.0, "100"),
        (1000.0, "1000"), (10000.0, "10000"), (300000.0, "3e+05"),
        (120000.0, "120000"), (2.0**60, "1152921504606846976"), (0.1, "0.1"),
        (1 / 3, "0.3333333333333333"), (1e15, "1e+15"),
        (123e20, "1.23e+22"), (1e21, "1e+21"), (5e-5, "5e-05"))
    for x, text in known:
        check(rrdtool.number_text(x) == text,
              f"{x!r}: {rrdtool.number_text(x)}, not {text}")
    rng = random.Random(7)
    for _ in range(20000):
        x = struct.unpack("<d", rng.randbytes(8))[0]
        if math.isfinite(x):
            check(float(rrdtool.number_text(x)) == x, f"{x!r}")
    check(rrdtool.number_text(None) == "U", "unknown")
    check(rrdtool.number_text(2**63) == "9223372036854775808", "integer")


def write(path, series):
    """A file as the service is to make it."""
    rows = series.file_rows()
    step = series.step
    rrdtool.create(
        path, "--step", step, "--start",
        int(str(rows[0][0]).partition(".")[0]) - step,
        f"DS:value:{series.kind}:{series.heartbeat}:U:U",
        "RRA:AVERAGE:0.5:1:2160", "RRA:MAX:0.5:1:2160", "RRA:MIN:0.5:1:2160",
        "RRA:AVERAGE:0.5:6:300")
    rrdtool.update(path, [f"{t}:{x}" for t, x in rows])


def check_oracle(folder, seed):
    """The oracle's two views agree with each other by rrdtool: the rows with
    their extra ones, and what each slot shows."""
    rng = random.Random(seed)
    base = int(time.time()) // 3600 * 3600 - 5 * 3600
    path, copy = folder / "one.rrd", folder / "copy.rrd"
    slots = 0
    for kind in exact.kinds():
        stream = exact.Stream(kind, 0, base, rng)
        for phase in range(2):
            for t, v in stream.phase():
                stream.series.add(t, v)
            if phase == 0:
                stream.series.flush(time.time())
                stream.series.add(stream.series.sealed_until * 1000, 1)
        stream.series.flush(time.time())
        check(stream.series.late == 1, "what is late was not noticed")
        path.unlink(missing_ok=True)
        write(path, stream.series)
        verdict = oracle.examine(path, stream.series, copy)
        check(verdict.good, f"{stream.topic}: {verdict}")
        text = rrdtool.fetch_text(path, base, base + 3600 * 4,
                                  stream.series.step)
        for slot, should in stream.series.expected().items():
            check(rrdtool.same(text[slot][0], should, 1e-10),
                  f"{stream.topic}: rrdtool fetch: {slot}")
        slots += len(stream.series.expected())
    print(f"  oracle: {len(exact.kinds())} kinds of series, {slots} slots")


def check_faults_are_found(folder):
    """Each way for a file to be wrong gives a verdict."""
    series = oracle.Series("x", 10, 50, fill="heartbeat")
    base = int(time.time()) // 3600 * 3600 - 7200
    for i in range(100):
        series.add((base + i * 10) * 1000, i * i / 8)
    series.flush(time.time())
    path, copy = folder / "faulty.rrd", folder / "copy.rrd"
    check(oracle.examine(path, series).missing, "a missing file")

    def fresh():
        path.unlink(missing_ok=True)
        write(path, series)
        return bytearray(path.read_bytes())

    fresh()
    check(oracle.examine(path, series, copy).good, "a good file")
    # What a kill inside librrd leaves: a row pointer that is one ahead.
    data = fresh()
    whole = rrdtool.Header(data)
    place = whole.places[0]
    pointer = struct.unpack_from("<Q", data, place)[0]
    struct.pack_into("<Q", data, place, (pointer + 1) % 2160)
    path.write_bytes(data)
    verdict = oracle.examine(path, series, copy)
    check(verdict.is_shifted and verdict.bytes_differ,
          f"a shifted file: {verdict}")
    check(rrdtool.header(path).phases() != whole.phases(), "a shifted pointer")
    rrdtool.update(path, [f"{base + 1000 + 10 * i}:1" for i in range(77)])
    now = rrdtool.header(path).phases()
    check((now[0] - whole.phases()[0]) % 2160 == 1
          and now[1:] == whole.phases()[1:], "a pointer's phase moves")
    # A shift in another archive than the one that is fetched.
    data = fresh()
    place = rrdtool.Header(data).places[3]
    pointer = struct.unpack_from("<Q", data, place)[0]
    struct.pack_into("<Q", data, place, (pointer + 1) % 300)
    path.write_bytes(data)
    verdict = oracle.examine(path, series, copy)
    check(verdict.bytes_differ and not verdict.wrong, f"an archive: {verdict}")
    # A row more, a row less, another value.
    fresh()
    rrdtool.update(path, [f"{base + 1000}:5"])
    check(len(oracle.examine(path, series).wrong) == 1, "a row too many")
    series.rows.append((base + 1010, 5.0))
    fresh()
    series.rows.pop()
    check(not oracle.examine(path, series).good, "a row too many")
    fresh()
    good = series.rows[50]
    series.rows[50] = (good[0], good[1] * (1 + 1e-14))
    verdict = oracle.examine(path, series)
    check(len(verdict.wrong) == 1, f"a wrong digit: {verdict}")
    series.rows[50] = good
    print("  faults: all found")


def check_texts():
    m = parse_metrics(
        '# HELP rrdflow_x y\n# TYPE rrdflow_x counter\n'
        'rrdflow_messages_taken_total 5\n'
        'rrdflow_messages_ignored_total{reason="overlap"} 1\n'
        'rrdflow_messages_ignored_total{reason="text"} 1\n'
        'rrdflow_messages_decoded_total 2\n'
        'rrdflow_journal_waiting_messages 1\nprocess_open_fds 7\n'
        'rrdflow_samples_refused_total{rule="a b",reason="future"} 3\n')
    check(total(m, "messages_ignored_total") == 2, "sum over labels")
    check(total(m, "messages_ignored_total", reason="text") == 1, "one label")
    check(total(m, "samples_refused_total", reason="future") == 3, "labels")
    check([x == y for _, x, y in identities(m)] == [True, False, True],
          "counters that do not add up")
    for f, t, should in (("a/#", "a", True), ("a/#", "a/b/c", True),
                         ("+/b", "a/b", True), ("+", "a/b", False),
                         ("#", "$SYS/x", False), ("a/+", "a", False),
                         ("a/+/c", "a//c", True), ("/#", "/v", True)):
        check(topic_matches(f, t) is should, f"{f} and {t}")
    text = toml({"store": {"a": "x\"y", "n": 1, "b": True},
                 "rule": [{"fields": [{"path": "v"}]}, {"list": ["1s"]}]})
    check(text == '[store]\na = "x\\"y"\nn = 1\nb = true\n[[rule]]\n'
          'fields = [{ path = "v" }]\n[[rule]]\nlist = ["1s"]\n', text)
    check(merged({"a": {"x": 1}}, {"a": {"y": 2}, "b": []})
          == {"a": {"x": 1, "y": 2}, "b": []}, "merged")
    print("  texts: metrics, counters, filters, TOML")


def main(options):
    check_texts()
    check_ports()
    check_numbers()
    with Scratch("selfcheck") as folder:
        check_faults_are_found(folder)
        check_oracle(folder, options.seed)
        check_publisher(folder, options.rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50000, help="messages")
    parser.add_argument("--seed", type=int, default=1)
    run(main, parser.parse_args())
