#!/usr/bin/env python3
"""Hostile payloads: empty, huge, deep, numbers that fit nowhere, and bombs."""

import json

import cases
from harness import check
from publisher import Publisher
from raw_broker import RawBroker
from world import RULE, World

MEBI = 1 << 20


def rule(name, **more):
    return {**RULE, "name": name, "topics": [f"{name}/#"],
            "series": "{topic}/{path}", "fields": [], "only": False, **more}


SECTIONS = {"rule": [
    rule("json"), rule("auto", format="auto"), rule("number", format="number"),
    rule("counter", format="auto", type="COUNTER"),
    rule("derive", format="auto", type="DERIVE")]}


def world(folder):
    return World(folder, SECTIONS)


def value_of(world, topic, payload):
    """The value that becomes of a payload without a time, or why none."""
    effect = world.send((topic, payload))
    if effect.of("samples_merged_total") == 0:
        for name in ("messages_dead_total", "messages_ignored_total",
                     "samples_refused_total"):
            for key, has in effect.after.items():
                if key.startswith(name) and has > effect.before.get(key, 0):
                    return name.split("_")[1] + " " \
                        + key.split('reason="')[1].split('"')[0]
        return "nothing"
    found = world.service.get(f"/api/v1/series?query={topic}")
    return {x["name"]: x["value"] for x in found}[topic]


def expect(world, topic, payloads):
    for i, (payload, should) in enumerate(payloads):
        has = value_of(world, f"{topic}/{i}", payload)
        check(has == should, f"{payload[:60]!r}: {has!r}, not {should!r}")


def case_18_empty(world):
    for format in ("json", "auto", "number"):
        expect(world, format + "/empty", [
            ("", "ignored empty"), (" \r\n\t", "ignored empty")])


def case_19_huge(world):
    """The broker keeps what is longer than the service said it takes."""
    folder = world.folder / "huge"
    folder.mkdir()
    with World(folder, SECTIONS, "message_size_limit 0\n") as w:
        w.send(("auto/x", "1"))
        before = w.memory()
        with Publisher(w.broker.port) as p:
            p.publish("auto/x", b"x" * (256 * MEBI - 100))
            p.drain()
        w.send(("auto/x", "2"))
        grown = w.memory() - before
        check(grown < 8 * MEBI, f"256 MB cost {grown} bytes")


def case_19_huge_all_the_same(world):
    """A broker that ignores the limit it was told: larger than the limit, and
    larger than a segment of the journal."""
    folder = world.folder / "rude"
    folder.mkdir()
    with RawBroker() as broker, World(folder, SECTIONS, broker=broker) as w:
        broker.wait_client()
        effect = w.send(("auto/x", b"x" * (2 * MEBI)),
                        ("auto/x", b"x" * (20 * MEBI)), ("auto/x", "1"),
                        by=broker.publish)
        effect.expect(messages_dead_total__too_large=2,
                      samples_merged_total=1)


def case_20_one_too_long(world):
    effect = world.send(("auto/long", "7" + " " * 65536))
    effect.expect(messages_dead_total__too_large=1)
    effect = world.send(("auto/long", "7" + " " * 65535))
    effect.expect(samples_merged_total=1)
    # Of what is dead a part is shown, not all.
    shown = world.service.http("GET", "/api/v1/dead")[1]
    check(len(shown) < 65536, "the whole payload is kept")


def nested(levels):
    return '{"a":' * levels + "1" + "}" * levels


def wide(keys):
    return "{" + ",".join(f'"{i:x}":1' for i in range(keys)) + "}"


def case_21_deep(world):
    for deep in ("[" * 30000 + "]" * 30000, nested(9000), nested(17)):
        effect = world.send(("json/deep", deep), ("auto/deep", deep))
        effect.expect(messages_dead_total__depth=2, samples_total=0)
    for broken in ("[" * 60000, '{"a":' * 12000):
        effect = world.send(("json/deep", broken), ("auto/deep", broken))
        effect.expect(messages_dead_total=2, samples_total=0)
    effect = world.send(("json/deep", nested(16)))
    effect.expect(samples_merged_total=1)


def case_21_22_deep_and_wide_if_allowed(world):
    """100,000 levels and keys with a limit far above them."""
    folder = world.folder / "wide"
    folder.mkdir()
    sections = {**SECTIONS, "journal": {"segment_size": "128MiB"},
                "limits": {"payload": "12MiB", "series": 1000}}
    with World(folder, sections, "message_size_limit 0\n") as w:
        effect = w.send(("json/deep", "[" * 100000 + "]" * 100000),
                        ("json/deep", nested(100000)))
        effect.expect(messages_dead_total__depth=2)
        before = w.memory()
        effect = w.send(("json/wide", wide(100000)))
        effect.expect(samples_merged_total=1000,
                      samples_refused_total__limit=99000)
        grown = w.memory() - before
        check(grown < 200 * MEBI, f"100,000 keys cost {grown} bytes")


def case_22_a_million_keys(world):
    """Longer than a payload may be: no field of it is looked at."""
    folder = world.folder / "keys"
    folder.mkdir()
    with RawBroker() as broker, World(folder, SECTIONS, broker=broker) as w:
        broker.wait_client()
        effect = w.send(("json/wide", wide(1000000)), by=broker.publish)
        effect.expect(messages_dead_total__too_large=1, samples_total=0,
                      series=0)


def case_23_twice_a_key(world):
    """The last one counts."""
    effect = world.send(("json/twice", '{"a":1,"b":2,"a":3,"a":"x"}'))
    effect.expect(samples_merged_total=2)
    found = world.service.get("/api/v1/series?query=json/twice")
    check({x["name"]: x["value"] for x in found}
          == {"json/twice/a": 3, "json/twice/b": 2}, f"{found}")


def case_24_not_finite(world):
    """Unknown; of a series that never had a value nothing is made."""
    expect(world, "auto/nan", [(x, "ignored no_value") for x in (
        "NaN", "nan", "-nan", "Inf", "inf", "-Infinity", "null", "None",
        "unavailable")] + [("nan(1)", "ignored text")])
    expect(world, "json/nan", [(x, "ignored no_value") for x in (
        "NaN", "Infinity", '{"v":NaN}', '{"v":-Infinity}', '{"v":nan}',
        '{"v":null}', '{"v":"unknown"}')])
    expect(world, "number/nan", [("nan", "ignored no_value"),
                                 ("inf", "ignored no_value")])
    effect = world.send(("json/nan/x", '{"a":NaN,"b":2}'))
    effect.expect(samples_merged_total=1)


def case_25_too_large(world):
    for topic, payload in (("auto/large", "1e999"), ("auto/large", "-1e999"),
                           ("json/large", '{"v":1e999}')):
        has = value_of(world, topic, payload)
        check(has == "refused range", f"{payload}: {has!r}")
    # An identifier, for all that is known.
    expect(world, "json/id", [('{"v":"1e999"}', "ignored no_value"),
                              ('{"v":"96E45678"}', "ignored no_value"),
                              ('{"v":"114555120000000"}',
                               "ignored no_value")])


def case_26_too_small(world):
    """Refused: it is not 0."""
    expect(world, "auto/small", [("1e-999", "refused range"),
                                 ("1e-308", 1e-308)])


def case_27_integers(world):
    big = "9" * 40
    expect(world, "auto/int", [
        (str(2**63), float(2**63)), (str(2**64), float(2**64)),
        (str(-2**63), float(-2**63)), (big, 1e40)])
    expect(world, "json/int", [
        (str(2**64 - 1), float(2**64 - 1)), ('"' + big + '"', "ignored text"),
        (str(2**64), "refused range"), (big, "refused range")])
    expect(world, "counter/int", [
        (str(2**63), 2**63), (str(2**64 - 1), float(2**64 - 1)),
        (str(2**64), "refused range"), (big, "refused range"),
        ("-1", "refused range")])
    expect(world, "derive/int", [
        (str(2**63 - 1), float(2**63 - 1)), (str(-2**63), float(-2**63)),
        (str(2**63), "refused range"), (f'"{big}"', "ignored text")])


def case_28_almost_numbers(world):
    words = ("0x10", "1,5", "+-1", "1e", "1e5x", "--1", "1 2", "\u0661\u0662",
             "1.5.2", "0b1", "1_000", ".", "-", "e5", "1 \u00b0X", "\u00b0C")
    expect(world, "auto/almost", [(x, "ignored text") for x in words])
    expect(world, "number/almost", [(x, "dead number") for x in words])
    expect(world, "auto/space", [("1 ", 1), (" 1", 1), ("\t-1.5e1\r\n", -15),
                                 (".5", 0.5), ("5.", 5), ("+1", 1),
                                 ("1 \u00b0C", 1), ("45%", 45)])


def case_29_other_types(world):
    """Field by field."""
    effect = world.send(("json/types", json.dumps({
        "a": True, "b": None, "c": "text", "d": 5, "e": [1], "f": {},
        "g": "ON", "h": "6.5"})))
    effect.expect(messages_decoded_total=1, samples_merged_total=5)
    found = world.service.get("/api/v1/series?query=json/types")
    check({x["name"][11:]: x["value"] for x in found}
          == {"a": 1, "d": 5, "e/0": 1, "g": 1, "h": 6.5}, f"{found}")
    effect = world.send(("json/none", '{"b": null, "c": "text"}'))
    effect.expect(messages_ignored_total__no_value=1, series=0)


def case_35_bombs(world):
    before = world.memory()
    bombs = [b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff",
             b"\x91" * 60000, b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
             b"\xc6\xff\xff\xff\xff", b"\x9f" * 60000, b"\xff" * 1000,
             b"\x1f\x8b\x08\0\0\0\0\0" + b"\0" * 1000, b"\0" * 60000]
    effect = world.send(*[("auto/bomb", x) for x in bombs])
    # The last one is nothing but NULs.
    effect.expect(messages_ignored_total__text=len(bombs) - 1,
                  messages_ignored_total__empty=1, samples_total=0)
    effect = world.send(*[("json/bomb", x) for x in bombs])
    effect.expect(messages_dead_total__json=len(bombs) - 1,
                  messages_ignored_total__empty=1, samples_total=0)
    grown = world.memory() - before
    check(grown < 8 * MEBI, f"they cost {grown} bytes")


if __name__ == "__main__":
    cases.main(world)
