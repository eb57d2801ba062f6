#!/usr/bin/env python3
"""Hostile topics: what would lead out of the folder, look like another, or be
obeyed by a terminal, a browser or librrd."""

import json

import cases
from harness import check
from raw_broker import RawBroker
from world import World


def path_of(topic):
    """The rule of the program, written a second time."""
    def level(x):
        if not x:
            return "="
        plain = (b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                 b"0123456789._-")
        dots = len(x) - 4 if x.endswith(b".rrd") else -1
        return "".join(
            chr(c) if c in plain and i != dots and (i or c not in b".-")
            else f"={c:02X}" for i, c in enumerate(x))
    return "/".join(map(level, topic.encode().split(b"/"))) + ".rrd"


def stored(world, *topics):
    return world.stored(topics, [path_of(t) for t in topics])


def case_01_way_out(world):
    above = {x for x in world.folder.iterdir()}
    stored(world, "../../etc/passwd", "x/../../../y", "..", ".", "a/..")
    check("=2E./=2E./etc/passwd.rrd" in world.files(), "not escaped")
    check({x for x in world.folder.iterdir()} == above, "a file outside")
    outside = [x for x in world.service.store.iterdir()
               if x.name in ("etc", "y", "y.rrd")]
    check(not outside, f"outside of the folder: {outside}")


def case_02_absolute(world):
    stored(world, "/abs/x", "//abs/x")


def case_03_single_dot(world):
    stored(world, "dot/./b", "dot/b")


def case_04_empty_levels(world):
    stored(world, "e//b", "/", "e/", "//", "e", "/e")


def raw_topics(world, name, topics):
    """Sends them through a broker that takes anything."""
    folder = world.folder / name
    folder.mkdir()
    with RawBroker() as broker, World(folder, broker=broker) as w:
        broker.wait_client()
        _, effect = w.readings(topics, by=broker.publish)
        effect.expect(messages_dead_total__bad_topic=len(topics),
                      messages_decoded_total=0)
        _, effect = w.readings([b"good"], by=broker.publish)
        effect.expect(messages_decoded_total=1)
        check(broker.connects == 1, "it went away")
        w.service.flush()
        check(w.files() == {"good.rrd"}, f"files {w.files()}")
        dead = w.service.get("/api/v1/dead")
        return dead, w.service.verb("dead"), w.log()


def case_05_nul(world):
    dead, _, _ = raw_topics(world, "nul", [b"a\0b", b"\0"])
    check(len(dead) == 2, f"dead: {dead}")


def case_06_no_utf8(world):
    raw_topics(world, "utf8", [b"\xff", b"a/\xc0\xaf", b"\xe0\x80\xaf",
                               b"a\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
                               b"\xf8\x88\x80"])


def case_07_invisible(world):
    topics = ["\ufeffbom", "rlo\u202egpj", "zero\u200bwidth"]
    stored(world, *topics)
    shown = world.service.verb("list")
    for x in topics:
        check(x not in shown, f"a terminal gets {x!r} as it is")
    check("bom" in shown and "gpj" in shown, "they are not listed")


def case_08_two_forms(world):
    stored(world, "caf\u00e9", "cafe\u0301")


def case_09_case(world):
    stored(world, "case/Temp", "case/temp", "Case/temp")


def case_10_longest_topic(world):
    old = world.files()
    _, effect = world.readings(["t" * 65535])
    effect.expect(messages_decoded_total=1, samples_refused_total__name=1)
    world.service.flush()
    check(world.files() == old, "a file of such a name")
    stored(world, "/".join("l" * 200))
    # No mosquitto lets more levels pass.
    folder = world.folder / "levels"
    folder.mkdir()
    with RawBroker() as broker, World(folder, broker=broker) as w:
        broker.wait_client()
        _, effect = w.readings(["/".join("l" * 32768), "/" * 65535],
                               by=broker.publish)
        effect.expect(messages_decoded_total=2, samples_refused_total__name=2)


def case_11_long_level(world):
    stored(world, "long/" + "x" * 200)
    for level in ("x" * 201, "x" * 255, "x" * 300, "\u00e9" * 40):
        _, effect = world.readings([f"long/{level}/y"])
        effect.expect(samples_refused_total__name=1, samples_merged_total=0)


def case_12_format_string(world):
    """Also when the file is damaged: librrd's messages name it."""
    topic = "%s%n%25s/%n%n%n"
    stored(world, topic)
    world.service.terminate()
    file = world.service.store / "rrd" / path_of(topic)
    file.write_bytes(b"%n" * 2000)
    world.service.start()
    slot, effect = world.readings([topic], 7)
    effect.expect(samples_merged_total=1)
    world.service.flush()
    check(world.value(path_of(topic), slot) == 7, "not begun anew")
    m = world.service.metrics()
    check(m["files_quarantined"] == 1, "the damaged file is not set aside")


def case_13_escaped_dots(world):
    stored(world, "%2e%2e%2f", "=2E=2E")


def case_14_script(world):
    topic = "<script>alert(1)</script>/\"';--"
    stored(world, topic)
    for path in ("/api/v1/series", "/metrics"):
        status, body = world.service.http("GET", path)
        check(status == 200, path)
        if path.startswith("/api"):
            check(topic in {x["name"] for x in json.loads(body)}, "not listed")
        else:
            check(b"<script>" not in body, "topics are in /metrics")
    import http.client
    c = http.client.HTTPConnection("127.0.0.1", world.service.port)
    c.request("GET", "/api/v1/series")
    fields = {k.lower(): v for k, v in c.getresponse().getheaders()}
    c.close()
    check(fields["content-type"].startswith("application/json")
          and fields["x-content-type-options"] == "nosniff"
          and "default-src 'self'" in fields["content-security-policy"],
          f"a browser might run it: {fields}")


def case_15_terminal(world):
    dead, shown, log = raw_topics(
        world, "text", [b"a\nb: all is well", b"\x1b[31mred",
                        b"\xc2\x9b31m", b"a\x7f"])
    check(len(dead) == 4, f"dead: {dead}")
    for what, text in (("dead", shown), ("log", log)):
        check("\x1b" not in text and "\u009b" not in text
              and "\nb: all is well" not in text,
              f"{what}: a terminal gets it as it is: {text!r}")


if __name__ == "__main__":
    cases.main(World)
