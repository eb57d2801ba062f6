"""Rows of the table of every_sensor.py: what sensors write, and what it means.
`t` is a time a quarter of an hour ago."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from sensor_case import ARRIVAL, U, Case, Rate, Steps, iso

YEAR = 365 * 86400
COUNTING = 'step = "10s"\narchives = ["10s for 1h"]\nheartbeat = "5m"\n'


def stored(**fields):
    """At the arrival; _ stands for the topic itself."""
    return {k.replace("_", ""): Steps([(ARRIVAL, v)])
            for k, v in fields.items()}


def text(kind, payload, value, rule="", **more):
    """A payload that is one value."""
    return Case(kind, repr(payload), [("", payload)],
                {"": Steps([(ARRIVAL, value)])}, rule=rule, **more)


def fields(kind, payload, rule="", **values):
    """A payload of several values, which are stored when it arrives."""
    return Case(kind, payload, [("", payload)], stored(**values), rule=rule)


def passed_over(kind, payload, reason="ignored text", rule=""):
    return Case(kind, repr(payload), [("", payload)], reason=reason, rule=rule)


def unknown(t):
    def in_json(word, rule=""):
        return Case("unknown", f'{{"v":{word}}} between two readings', [
            ("", f'{{"ts":{t},"v":5}}'), ("", f'{{"ts":{t + 60},"v":{word}}}'),
            ("", f'{{"ts":{t + 120},"v":7}}')],
            {"v": Steps([(t, 5), (t + 60, U), (t + 120, 7)])}, rule=rule)

    def plain(word, rule=""):
        return Case("unknown", f"{word!r} behind a reading",
                    [("", f"{t}:5"), ("", word)],
                    {"": Steps([(t, 5), (ARRIVAL, U)])}, rule=rule)

    def counter(word, kind, spans, more="", rule="", says=("v",),
                reason=""):
        values = [(0, "1000"), (60, word), (120, "7000"), (180, "7600")]
        return Case("unknown", f"{kind}: 1000, {word}, 7000, 7600 each 60 s",
                    [("", f'{{"ts":{t + at},"v":{v}}}') for at, v in values],
                    {"v": Rate([(t + b, t + e, r) for b, e, r in spans])},
                    rule=COUNTING + f'type = "{kind}"\n{more}{rule}',
                    unknown=says, reason=reason)

    for word in ("null", "NaN", "nan", "NAN", "-nan", '"nan"', '"unavailable"',
                 '"unknown"', '"none"', '"Unavailable"', '"NONE"'):
        yield in_json(word)
    yield in_json('"x"', 'map = { x = "U" }')
    yield in_json('"ERR"', 'map = { "--" = "U", err = "U" }')
    yield in_json('"--"', 'map = { "--" = "U", err = "U" }')
    yield in_json('"stale"',
                  'fields = [{ path = "v", map = { stale = "U" } }]')
    yield in_json('"OFF"', 'map = { off = "U" }')
    yield Case("unknown", '{"t":NaN} of what never had a value',
               [("", '{"t":NaN}')], reason="ignored no_value",
               unknown=("t",))
    yield Case("unknown", '{"value":null} of what never had a value',
               [("", '{"value":null}')], reason="ignored no_value",
               unknown=("value",))
    for word in ("unavailable", "unknown", "none", "null", "NaN", "nan", "NAN",
                 " Unknown \n", '"unavailable"', "N:U"):
        yield plain(word)
    yield plain("x", 'map = { x = "U" }')
    yield Case("unknown", "TIME:U between TIME:5 and TIME:7",
               [("", f"{t}:5"), ("", f"{t + 60}:U"), ("", f"{t + 120}:7")],
               {"": Steps([(t, 5), (t + 60, U), (t + 120, 7)])})
    yield Case("unknown", "null in one field, 6 in the other", [
        ("", f'{{"ts":{t},"a":1,"b":2}}'),
        ("", f'{{"ts":{t + 30},"a":null,"b":6}}'),
        ("", f'{{"ts":{t + 50},"a":3,"b":7}}')],
        {"a": Steps([(t, 1), (t + 30, U), (t + 50, 3)]),
         "b": Steps([(t, 2), (t + 30, 6), (t + 50, 7)])})
    slots = 'step = "10s"\narchives = ["10s for 1h"]\n'
    yield Case("unknown", "null between 4 and 8 in a slot, the last counts", [
        ("", f'{{"ts":{t + at},"v":{v}}}')
        for at, v in ((1, 4), (3, "null"), (5, 8), (35, 1))],
        {"v": Steps([(t + 10, 8), (t + 40, 1)])}, rule=slots, explain=False)
    yield Case("unknown", "null between 4 and 8 in a slot of means", [
        ("", f'{{"ts":{t + at},"v":{v}}}')
        for at, v in ((1, 4), (3, "null"), (5, 8), (15, 1))],
        {"v": Steps([(t + 10, 6), (t + 20, 1)])},
        rule=slots + 'sample = "mean"', explain=False)
    yield Case("unknown", "null comes behind the reading that follows it", [
        ("", f'{{"ts":{t + at},"v":{v}}}')
        for at, v in ((1, 4), (35, 1), (13, "null"))],
        {"v": Steps([(t + 10, 4), (t + 20, U), (t + 40, 1)])}, rule=slots,
        explain=False)
    yield Case("unknown", "ABSOLUTE: 60, 60, null, 60 each 60 s", [
        ("", f'{{"ts":{t + 60 * i},"v":{v}}}')
        for i, v in enumerate((60, 60, "null", 60))],
        {"v": Rate([(t - 10, t, 6), (t, t + 60, 1), (t + 120, t + 180, 1)])},
        rule=COUNTING + 'type = "ABSOLUTE"', unknown=("v",))
    ended = [(120, 180, 10)]
    limit = "max = 1000\n"
    yield counter("null", "COUNTER", ended, limit)
    yield counter("NaN", "DERIVE", ended)
    yield counter('"unavailable"', "DCOUNTER", ended)
    yield counter('"x"', "DDERIVE", ended, rule='map = { x = "U" }')
    # Another text says nothing at all: the counter goes on.
    yield counter('"n/a"', "COUNTER", [(0, 120, 50), (120, 180, 10)], limit,
                  says=(), reason="ignored no_value")


def values(t):
    kind = "values"
    comma = 'decimal = ","'
    for payload, value in (("21.5 °C", 21.5), ("45%", 45), ("-76 dBm", -76),
                           ("1013 hPa", 1013), ("230V", 230),
                           ("12.5 kWh", 12.5), ("0.7 m/s", 0.7)):
        yield text(kind, payload, value)
    yield fields(kind, '{"a":"21.5 °C","b":"45%","c":"-76 dBm"}',
                 a=21.5, b=45, c=-76)
    yield passed_over(kind, "12 apples")
    yield passed_over(kind, "12:30:00")
    yield text(kind, "+21.5", 21.5)
    yield text(kind, "+7 W", 7)
    yield text(kind, " +0.25\r\n", 0.25)
    yield fields(kind, '{"a":"+3","b":" -2.5 "}', a=3, b=-2.5)
    yield text(kind, "21,5", 21.5, comma)
    yield text(kind, "-0,25 °C", -0.25, comma)
    yield text(kind, "21.5", 21.5, comma)
    yield fields(kind, '{"a":"1,5","b":2.5,"c":"3"}', comma, a=1.5, b=2.5, c=3)
    yield passed_over(kind, "21,5")
    for word, value in (("ON", 1), ("off", 0), ("On", 1), ("open", 1),
                        ("close", 0), ("closed", 0), ("OPEN", 1),
                        ("Closed", 0), ("CLOSE", 0), ("Online", 1),
                        ("offline", 0), ("yes", 1), ("No", 0), ("UP", 1),
                        ("Down", 0), ("true", 1), ("FALSE", 0), ('"on"', 1)):
        yield text(kind, word, value)
    yield passed_over(kind, "ajar")
    ajar = "map = { ajar = 0.5, on = 7 }"
    yield text(kind, "ajar", 0.5, ajar)
    yield text(kind, "AJAR", 0.5, ajar)
    yield text(kind, "closed", 0, ajar)
    yield text(kind, "on", 7, ajar)
    one = ('map = { low = 1 }\nfields = [{ path = "b", map = { low = 9 } },'
           ' { path = "*/state", map = { idle = 3 } }]')
    yield fields(kind, '{"a":"low","b":"low","c":"open"}', one, a=1, b=9, c=1)
    yield Case(kind, '{"x":{"state":"Idle"},"state":"idle"}, map of one field',
               [("", '{"x":{"state":"Idle"},"state":"idle"}')],
               {"x/state": Steps([(ARRIVAL, 3)])}, rule=one)
    yield text(kind, b"21.5\0", 21.5, explain=False)
    yield text(kind, b"\xef\xbb\xbf21.5", 21.5)
    both = b'\xef\xbb\xbf {"a":1}\0\0'
    yield Case(kind, repr(both), [("", both)], stored(a=1), explain=False)
    yield text(kind, b"ON\0", 1, explain=False)
    yield passed_over(kind, "", "ignored empty")
    yield text(kind, "N:21.5", 21.5)
    yield text(kind, "N:-3", -3)
    yield Case(kind, "1700000000.5:21.5", [("", "1700000000.5:21.5")],
               refused={"past": 1})
    yield Case(kind, "TIME.5:21.5", [("", f"{t}.5:21.5")],
               {"": Steps([(t + 1, 21.5)])})
    yield Case(kind, "TIME:1, then TIME+9:2e3",
               [("", f"{t}:1"), ("", f"{t + 9}:2e3")],
               {"": Steps([(t, 1), (t + 9, 2000)])})
    yield text(kind, "N:4.5", 4.5, 'format = "number"')
    for id in ("96E45678", "114555120000000", "123456789012345", "1e3",
               "5E-1"):
        yield fields(kind, f'{{"Id":"{id}","v":1}}', v=1)
    yield Case(kind, '{"Id":"12345678901234","v":1}',
               [("", '{"Id":"12345678901234","v":1}')],
               stored(Id=12345678901234, v=1))
    yield fields(kind, '{"a":1e3,"b":114555120000000}', a=1000,
                 b=114555120000000)
    yield passed_over(kind, '{"a":1', "dead json")
    yield passed_over(kind, '{"a":"text"}', "ignored no_value")
    yield Case(kind, "5000, max = 100", [("", "5000")],
               {"": Steps([(ARRIVAL, U)])}, rule="max = 100")
    for payload in ("-1", "1e30", "18446744073709551616"):
        yield Case(kind, f"COUNTER: {payload}", [("", payload)],
                   refused={"range": 1}, rule='type = "COUNTER"\nmax = 1')
    yield Case(kind, "1e999", [("", "1e999")], refused={"range": 1})
    yield text(kind, "12.5", 12500, 'fields = [{ path = "", scale = 1000 }]')


def arrays(t):
    kind = "arrays"

    def case(given, stores, rule="", **more):
        return Case(kind, given.replace(str(t), "T"), [("", given)],
                    {k: Steps(v) for k, v in stores.items()}, rule=rule,
                    **more)

    now = ARRIVAL
    yield case('{"Power":[12.5,0,"7 W"],"a":1}',
               {"Power/0": [(now, 12.5)], "Power/1": [(now, 0)],
                "Power/2": [(now, 7)], "a": [(now, 1)]})
    yield case('[1,2.5,true]',
               {"0": [(now, 1)], "1": [(now, 2.5)], "2": [(now, 1)]})
    yield case('{"m":[[1,2],[3]]}',
               {"m/0/0": [(now, 1)], "m/0/1": [(now, 2)],
                "m/1/0": [(now, 3)]})
    yield case('{"s":["ON","x",null]}', {"s/0": [(now, 1)]},
               unknown=("s/2",))
    yield case(f'[{{"ts":{t},"v":1}},{{"ts":{t + 5},"v":2}},'
               f'{{"v":3,"ts":{t + 9}}}]',
               {"v": [(t, 1), (t + 5, 2), (t + 9, 3)]})
    yield case(f'{{"ts":{t + 5},"x":[{{"v":1}},{{"ts":{t},"v":2}}],"y":3}}',
               {"x/v": [(t, 2), (t + 5, 1)], "y": [(t + 5, 3)]})
    yield case(f'[{{"ts":{t},"v":1}},{{"ts":{t + 5},"v":null}},'
               f'{{"ts":{t + 9},"v":3}}]',
               {"v": [(t, 1), (t + 5, U), (t + 9, 3)]})
    yield case(f'{{"x":[4,{{"ts":{t},"v":2}}]}}',
               {"x/0": [(now, 4)], "x/v": [(t, 2)]})
    yield case(f'[{{"ts":{t},"v":1}},{{"ts":{t + 9 * 86400},"v":2}}]',
               {"v": [(t, 1)]}, refused={"future": 1})


def names(t):
    kind = "names"
    at = iso(t)

    def radio(id, value, model="Prologue-TH", more=""):
        return (f'{{"time":"{at}","model":"{model}","id":{id}{more},'
                f'"temperature_C":{value}}}')

    def case(given, messages, stores, rule, **more):
        return Case(kind, given, messages,
                    {k: Steps(v) for k, v in stores.items()}, rule=rule,
                    **more)

    parted = ('series = "{topic}/{field:model}/{field:id}/{path}"\n'
              'only = true\nfields = [{ path = "temperature_C" }]')
    yield case("rtl_433: ids 17 and 18 on one topic",
               [("", radio(17, 21.5)), ("", radio(18, 3))],
               {"Prologue-TH/17/temperature_C": [(t, 21.5)],
                "Prologue-TH/18/temperature_C": [(t, 3)]}, parted)
    yield case("rtl_433: a model of two words",
               [("", radio(5, 16.2, "Prologue sensor"))],
               {"Prologue sensor/5/temperature_C": [(t, 16.2)]}, parted)
    yield case("rtl_433: a message without id",
               [("", '{"model":"A","temperature_C":4}')], {}, parted,
               refused={"field": 1})
    yield case("the id in an object",
               [("", '{"DS18B20-1":{"Id":"00000566CC39",'
                     '"Temperature":13.3}}')],
               {"00000566CC39": [(ARRIVAL, 13.3)]},
               'series = "{topic}/{field:DS18B20-1/Id}"\nonly = true\n'
               'fields = [{ path = "*/Temperature" }]')
    kepware = json.dumps({"timestamp": t * 1000, "values": [
        {"id": "Pi.a", "t": t * 1000 + 4000, "v": 7},
        {"id": "Pi.b", "t": t * 1000 + 5000, "v": 8},
        {"id": "Pi.a", "t": t * 1000 + 6000, "v": 9}]})
    yield case("KEPServerEX: a record for each device", [("", kepware)],
               {"Pi.a": [(t + 4, 7), (t + 6, 9)], "Pi.b": [(t + 5, 8)]},
               'series = "{topic}/{field:id}"\nonly = true\n'
               'fields = [{ path = "**/v" }]')
    by_id = ('series = "PREFIX/{field:id}"\nonly = true\n'
             'fields = [{ path = "v" }]\n')
    yield case("one id on two topics", [
        ("a", f'{{"ts":{t},"id":"x","v":1}}'),
        ("b", f'{{"ts":{t + 5},"id":"x","v":2}}')],
        {"x": [(t, 1)]}, by_id, refused={"collision": 1}, explain=False)
    yield case("one id on two topics, shared = true", [
        ("a", f'{{"ts":{t},"id":"x","v":1}}'),
        ("b", f'{{"ts":{t + 5},"id":"x","v":2}}')],
        {"x": [(t, 1), (t + 5, 2)]}, by_id + "shared = true")
    yield case("two fields, one name", [("", f'{{"ts":{t},"a":1,"b":2}}')],
               {"": [(t, 1)]}, 'series = "{topic}"', refused={"collision": 1})
    yield case("two fields, one name, the first of them null",
               [("", f'{{"ts":{t},"a":null,"b":2}}')],
               {"": [(t, 2)]}, 'series = "{topic}"', unknown=("",))
    yield case("max_series = 2 and three fields",
               [("", f'{{"ts":{t},"a":1,"b":2,"c":3}}')],
               {"a": [(t, 1)], "b": [(t, 2)]}, "max_series = 2",
               refused={"limit": 1})
    yield case("a level of 201 bytes", [("x" * 201, "1")], {}, "",
               refused={"name": 1})
    yield case("a level of 200 bytes", [("x" * 200, "1")],
               {"x" * 200: [(ARRIVAL, 1)]}, "")
    turns = "one series gets the values of several devices"
    dropped = 'fields = [{ path = "id", drop = true }]'
    yield case("rtl_433: ids 17, 18, 17 in one series", [
        ("", f'{{"ts":{t + 10 * i},"model":"A","id":{id},"v":{i}}}')
        for i, id in enumerate((17, 18, 17))],
        {"v": [(t, 0), (t + 10, 1), (t + 20, 2)]}, dropped, log=turns)
    yield case("a gateway: addresses in turn in one series", [
        ("", f'{{"ts":{t + 10 * i},"id":"{id}","tempc":{i}}}')
        for i, id in enumerate(("F3:52:85", "4C:33:A6", "F3:52:85"))],
        {"tempc": [(t, 0), (t + 10, 1), (t + 20, 2)]}, dropped, log=turns)
    yield case("a model once, then another, for good", [
        ("", f'{{"ts":{t + 10 * i},"model":"{m}","v":{i}}}')
        for i, m in enumerate("AABB")],
        {"v": [(t, 0), (t + 10, 1), (t + 20, 2), (t + 30, 3)]}, "")


def times(t):
    kind = "times"
    paris = 'timezone = "Europe/Paris"'

    def case(given, payload, stores, rule="", **more):
        return Case(kind, given, [("", payload)],
                    {k: Steps(v) for k, v in stores.items()}, rule=rule,
                    **more)

    def form(text, key="time", rule=""):
        return case(f'"{key}":"{text}"'.replace(str(t), "T"),
                    f'{{"{key}":"{text}","v":1}}', {"v": [(t, 1)]}, rule)

    east, west = t + 7200, t - 18000
    there = datetime.fromtimestamp(t, ZoneInfo("Europe/Paris"))
    zone = there.strftime("%Y-%m-%dT%H:%M:%S")
    for text in (iso(t, "%Y%m%dT%H%M%SZ"), iso(t, "%Y-%m-%d %H:%M:%S UTC"),
                 iso(east, "%Y-%m-%d %H:%M:%S +0200"),
                 iso(east, "%Y-%m-%d %H:%M:%S +02:00"),
                 there.isoformat() + "[Europe/Paris]", zone + "[Europe/Paris]",
                 iso(east, "%Y%m%dT%H%M%S+0200"),
                 iso(t, "%Y-%m-%dT%H:%M:%S.000Z"), iso(t),
                 iso(west, "%Y-%m-%dT%H:%M:%S-05:00"),
                 iso(t, "%Y-%m-%d %H:%M:%S GMT"), str(t), f"{t}000"):
        yield form(text)
    yield form(iso(t, "%Y-%m-%d %H:%M:%S Z"), "last_seen")
    yield form(zone, "Time", paris)
    yield form(zone.replace("T", " "), rule=paris)
    yield form(iso(t), "when", 'time = "when"')
    yield case('a number in a field that time names',
               f'{{"a":{{"at":{t}.25}},"v":1}}', {"v": [(t + 1, 1)]},
               'time = "a/at"')
    yield case("a time without a zone, and no timezone",
               f'{{"time":"{iso(t, "%Y-%m-%dT%H:%M:%S")}","v":1}}',
               {"v": [(ARRIVAL, 1)]})
    when = 'time = "when"\n'
    for x in ('"soon"', "true", '"2026-13-45T00:00:00Z"', '""'):
        yield case(f'time = "when", "when":{x}', f'{{"when":{x},"v":1}}', {},
                   when, refused={"time": 1})
    yield case('time = "when", no such field', '{"v":1}',
               {"v": [(ARRIVAL, 1)]}, when)
    yield case("a clock that is an hour ahead",
               f'{{"ts":{t + 3600 + 900},"v":1}}', {}, refused={"future": 1})
    yield case("a clock that is a day ahead, ISO",
               f'{{"time":"{iso(t + 86400)}","a":1,"b":2}}', {},
               refused={"future": 2})
    yield case("a clock that is eight days behind",
               f'{{"ts":{t - 8 * 86400},"v":1}}', {}, refused={"past": 1})
    yield case("a clock of 1970, ISO",
               '{"ts":"1970-01-01T00:01:00Z","v":1}', {}, refused={"past": 1})
    yield case("a clock of nine years ago", f'{{"ts":{t - 9 * YEAR},"v":1}}',
               {}, refused={"past": 1})
    now = ARRIVAL
    for key, up in (("timestamp", "12345"), ("timestamp", "86400123"),
                    ("ts", '"3600"'), ("timestamp", str(t - 12 * YEAR)),
                    ("timestamp", str(t + 20 * YEAR))):
        yield case(f'an uptime: "{key}":{up}', f'{{"{key}":{up},"v":1}}',
                   {key: [(now, float(up.strip('"')))], "v": [(now, 1)]})
    yield case('an uptime beside a time',
               f'{{"timestamp":77,"time":{t},"v":1}}',
               {"timestamp": [(t, 77)], "v": [(t, 1)]})
    arrival = 'out_of_bounds = "arrival"\n'
    for given, payload in (
            ("an hour ahead", f'{{"ts":{t + 4500},"v":1}}'),
            ("years behind", '{"time":"2019-01-01T00:00:00Z","v":1}'),
            ("1970", '{"ts":"1970-01-01T00:01:00Z","v":1}')):
        yield case(f'out_of_bounds = "arrival", {given}', payload,
                   {"v": [(now, 1)]}, arrival)
    yield case('out_of_bounds = "arrival", "when":"soon"',
               '{"when":"soon","v":1}', {"v": [(now, 1)]}, arrival + when)
    yield case('out_of_bounds = "arrival", a good time',
               f'{{"ts":{t},"v":1}}', {"v": [(t, 1)]}, arrival)
    yield case('out_of_bounds = "arrival", 1600000000:7', "1600000000:7",
               {"": [(now, 7)]}, arrival)
    yield case('time = "arrival"', f'{{"ts":{t},"v":1}}',
               {"ts": [(now, t)], "v": [(now, 1)]}, 'time = "arrival"')


def table(now):
    t = int(now) // 10 * 10 - 900
    for part in (unknown, values, arrays, names, times):
        yield from part(t)
