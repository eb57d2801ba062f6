"""What a Janitoo network expects of us, after the protocol's description: the
values of every node, and what a scripted controller does. Shared by tests."""

import json

from harness import check
from listener import Listener
from publisher import Publisher

ASKER = "9999/9990"
FLAGS_SET = {"is_writeonly": True, "is_readonly": False}
FLAGS_GET = {"is_writeonly": False, "is_readonly": True}
GENRES = {1: "basic", 2: "user", 3: "config", 4: "system", 5: "command"}
DISCOVERIES = ("nodes", "users", "configs", "systems", "basics", "commands")


def value(node_uuid, hadd, uuid, **fields):
    """A value with all fields, as it is published (janitoo.md 2.1)."""
    result = {"uuid": uuid, "node_uuid": node_uuid, "voice_uuid": None,
              "hadd": hadd, "cmd_class": 112, "is_readonly": False,
              "is_writeonly": False, "default": None, "label": uuid,
              "help": None, "units": None, "list_items": None, "max": None,
              "min": None, "genre": 3, "type": 8, "index": 0,
              "is_polled": False, "poll_delay": 0, "reply_hadd": None,
              "data": None}
    result.update(fields)
    return result


def system_values(node):
    """heartbeat, hadd and config_timeout of a node."""
    seconds = {"units": "seconds", "max": 3000, "min": 0, "genre": 4,
               "type": 4}
    at = (node["uuid"], node["hadd"])
    return {
        "heartbeat": value(*at, "heartbeat", **seconds,
                           help="The heartbeat delay in seconds",
                           data=node["heartbeat"]),
        "hadd": value(*at, "hadd", genre=4, type=32, units="",
                      data=node["hadd"]),
        "config_timeout": value(*at, "config_timeout", **seconds,
                                data=node["config_timeout"])}


class Controller:
    """Asks as a controller of the network does; hears everything."""

    def __init__(self, port):
        self.port = port
        self.ear = Listener(port, "#")
        self.mouth = Publisher(port)

    def __enter__(self):
        return self

    def __exit__(self, kind, *more):
        self.mouth.__exit__(kind, *more)
        self.ear.__exit__(kind, *more)

    def say(self, topic, payload):
        """Returns the place in what is heard before it."""
        mark = self.ear.mark()
        text = payload if isinstance(payload, (str, bytes)) \
            else json.dumps(payload)
        self.mouth.publish(topic, text)
        self.mouth.drain()
        return mark

    def ask(self, topic, request, *answers):
        """The JSON of the first message on each topic of `answers`."""
        mark = self.say(topic, request)
        return [json.loads(self.ear.next(x, mark)[0])
                for x in answers]

    def discover(self, what, topic, reply, replies=1):
        """`data` of each reply; the rest must be the request."""
        request = {"cmd_class": 20480, "genre": 4,
                   "uuid": f"request_info_{what}", "reply_hadd": "0111/0000"}
        mark = self.say(topic, request)
        result = []
        for payload in self.ear.next(reply, mark, replies):
            answer = json.loads(payload)
            data = answer.pop("data")
            check(answer == request, f"{what}: not the request: {answer}")
            result.append(data)
        return result

    def ask_node(self, hadd, everybody, request, *more):
        """Asks the node, or everybody; the reply, and what is on `more`."""
        where, back = (("/broadcast", "/broadcast/reply/" + ASKER)
                       if everybody else
                       (f"/nodes/{hadd}", f"/nodes/{ASKER}/reply"))
        return self.ask(where + "/request",
                        {**request, "hadd": hadd, "reply_hadd": ASKER},
                        back, *more)

    def flush(self, hadd="0014/0000", everybody=False):
        """Returns when the answer is there."""
        return self.ask_node(
            hadd, everybody, {"cmd_class": 4176, "genre": 1, "uuid": "actions",
                              "data": "flush", **FLAGS_SET},
            f"/values/basic/{hadd}/actions")

    def set(self, hadd, uuid, data, genre=3, everybody=False, **more):
        """Sets a value; the answer."""
        return self.ask_value(hadd, uuid, genre, everybody,
                              {"data": data, **FLAGS_SET, **more})

    def get(self, hadd, uuid, genre=3, everybody=False, **more):
        """Reads a configuration or system value; the answer."""
        return self.ask_value(hadd, uuid, genre, everybody,
                              {"data": None, **FLAGS_GET, **more})

    def ask_value(self, hadd, uuid, genre, everybody, more):
        topic = "/broadcast" if everybody else f"/nodes/{hadd}"
        return self.ask(topic + "/request",
                        {"cmd_class": 112, "genre": genre, "uuid": uuid,
                         "hadd": hadd, "reply_hadd": ASKER, **more},
                        f"/values/{GENRES[genre]}/{hadd}/{uuid}")[0]

    def beats(self, hadd, mark=0):
        """(time, state) of the heartbeats of a node."""
        return [(x[0], x[2].decode())
                for x in self.ear.since(mark, f"/dhcp/heartbeat/{hadd}")]


def same(what, found, wanted):
    """Compares field by field."""
    check(isinstance(found, dict), f"{what}: {found!r}")
    keys = set(found) | set(wanted)
    missing = object()
    wrong = [f"{k}: {found.get(k, missing)!r}, not {wanted.get(k, missing)!r}"
             for k in sorted(keys)
             if found.get(k, missing) != wanted.get(k, missing)
             or type(found[k]) is bool != type(wanted[k]) is bool]
    check(not wrong, f"{what}: " + "; ".join(wrong))
