"""The network that janitoo_controller.py looks at, as the protocol's
description says it must be: configuration, nodes, values."""

from harness import check
from janitoo_network import same, value

STEP = 2
BUS, WEB = "0014/0000", "0018/0000"
FILES = {
    "load": ("0014/0008", ["0048/0002|load|0|GAUGE|load1"]),
    "memory": ("0014/0009", ["0048/0004|memory_rss|0|GAUGE|hostsensor",
                             "0048/0004|memory_rss|1|GAUGE|roomba"]),
    "quiet": ("0014/0010", ["0048/0099|never|0|COUNTER|never"]),
}
NODES = [BUS] + [x[0] for x in FILES.values()] + [WEB, "0018/0001"]
PERIODS = {BUS: 3, "0014/0008": 2, "0014/0009": 4, "0014/0010": 2,
           WEB: 3, "0018/0001": 3}


def sections(version):
    def source(x):
        hadd, uuid, index, kind, label = x.split("|")
        return {"janitoo": f"{hadd}|{uuid}|{index}", "type": kind,
                "label": label}
    return {
        "mqtt": {"version": version},
        "janitoo": {"enabled": True, "hadd": BUS, "heartbeat": "3s",
                    "location": "Local", "http_hadd": WEB,
                    "http_heartbeat": "3s", "resource_heartbeat": "3s",
                    "count_values_poll": "2s"},
        "rrd": [{"name": name, "hadd": hadd, "step": f"{STEP}s",
                 "heartbeat_period": f"{PERIODS[hadd]}s",
                 "source_poll": "3s",
                 "sources": [source(x) for x in sources]}
                for name, (hadd, sources) in FILES.items()],
        "writer": {"creates_per_second": 1000},
    }


def expected_nodes(service):
    """`data` of request_info_nodes for the two buses."""
    usual = {"config_timeout": 3, "location": "Local", "state": "ONLINE"}
    default = {"product_type": "Default product type",
               "product_manufacturer": "Default product manufacturer"}
    store = {"datarrd": {
        **usual, **default, "uuid": "datarrd", "oid": "datarrd",
        "capabilities": [4], "cmd_classes": [4176, 112, 49],
        "name": "RRD Controller", "product_name": "RRD controller",
        "heartbeat": 3, "hadd": BUS}}
    for name, (hadd, _) in FILES.items():
        store[f"datarrd__{name}"] = {
            **usual, "uuid": f"datarrd__{name}", "oid": "datarrd.datasource",
            "capabilities": [], "cmd_classes": [112, 49],
            "name": f"RRD source {name}", "product_name": "RRD Datasource",
            "product_type": "Software", "product_manufacturer": "RRD",
            "heartbeat": PERIODS[hadd], "hadd": hadd,
            "state": "ONLINE" if service.rrd(name).exists() else "OFFLINE"}
    web = {
        "http": {**usual, **default, "uuid": "http", "oid": "http",
                 "capabilities": [4], "cmd_classes": [4144, 112],
                 "name": "HTTP Controller", "product_name": "HTTP controller",
                 "heartbeat": 3, "hadd": WEB},
        "http__rrd": {**usual, **default, "uuid": "http__rrd",
                      "oid": "http.rrd", "capabilities": [],
                      "cmd_classes": [4145, 112], "name": "HTTP rrd resource",
                      "product_name": "HTTP rrd resource",
                      "product_type": "Software", "heartbeat": 3,
                      "hadd": "0018/0001"}}
    return store, web


def integer(uuid, label, default, data):
    return value("datarrd", BUS, uuid, entry_name="config_integer", type=4,
                 default=default, label=label, help=f"The {uuid}", data=data)


def poll(node_uuid, hadd, uuid, default, data):
    return value(node_uuid, hadd, uuid, type=4, units="seconds",
                 default=default, label="poll_delay", poll_delay=data,
                 data=data)


def sensor(node_uuid, hadd, uuid, **more):
    return value(node_uuid, hadd, uuid, **{
        "genre": 1, "cmd_class": 49, "is_readonly": True, **more})


def action(node_uuid, hadd, uuid, cmd_class, items):
    return value(node_uuid, hadd, uuid, entry_name="action_list", type=5,
                 genre=1, cmd_class=cmd_class, is_writeonly=True,
                 label="Actions", list_items=items)


def expected_values(service):
    """By node: every value of genre 1 and 3, indexes included."""
    def texts(node_uuid, hadd, name, location):
        return {"name": [value(node_uuid, hadd, "name", data=name)],
                "location": [value(node_uuid, hadd, "location",
                                   data=location)]}

    def count(uuid, label, help_text, delay):
        return sensor("datarrd", BUS, uuid, entry_name="sensor_integer",
                      type=4, label=label, help=help_text, is_polled=True,
                      poll_delay=delay)
    result = {BUS: {
        **texts("datarrd", BUS, "RRD Controller", "Local"),
        "count_values": [count("count_values", "#Values", "The number of "
                               "values in the store", 2)],
        "count_series": [count("count_series", "#Series", "The number of "
                               "series of values in the store", 300)],
        "count_values_poll": [poll("datarrd", BUS, "count_values_poll", 300,
                                   2)],
        "count_series_poll": [poll("datarrd", BUS, "count_series_poll", 300,
                                   300)],
        "cache_rrd_ttl": [integer("cache_rrd_ttl", "Rrd ttl", 3600, 3600)],
        "cache_pickle_ttl": [integer("cache_pickle_ttl", "Pickle ttl", 60,
                                     60)],
        "cache_dead_ttl": [integer("cache_dead_ttl", "Cache dead ttl", 86400,
                                   86400)],
        "actions": [{**action("datarrd", BUS, "actions", 4176, ["flush"]),
                     "help": "The action on the store"}]}}
    for name, (hadd, sources) in FILES.items():
        uuid = f"datarrd__{name}"
        several = len(sources) > 1

        def label_of(x):
            return "Source label" + (f" ({x})" if several else "")
        result[hadd] = {
            **texts(uuid, hadd, f"RRD source {name}", "Local"),
            "source": [sensor(uuid, hadd, "source", type=8,
                              entry_name="sensor_string", label=label_of(x),
                              help="The source label", is_polled=True,
                              poll_delay=3, index=i, data=x.split("|")[4])
                       for i, x in enumerate(sources)],
            "source_config": [value(uuid, hadd, "source_config", type=22,
                                    label="Rrd Config"
                                    + (f" ({x})" if several else ""),
                                    index=i, data=x)
                              for i, x in enumerate(sources)],
            "source_poll": [poll(uuid, hadd, "source_poll", 900, 3)],
            "rrd_file": [value(uuid, hadd, "rrd_file", type=8,
                               entry_name="config_string", label="Rrd file",
                               help="The rrd_file", default="default_rrd",
                               data=name)],
            "rrd_step": [value(uuid, hadd, "rrd_step", type=4,
                               entry_name="config_integer", label="Rrd test",
                               help="The rrd_step", default=300, data=STEP)],
            "http_file": [sensor(uuid, hadd, "http_file", type=8,
                                 entry_name="sensor_string",
                                 label="Http file",
                                 data=f"rrd/rrds/{name}.rrd")]}
    result[WEB] = {
        **texts("http", WEB, "HTTP Controller", "Local"),
        "http_host": [value("http", WEB, "http_host", type=8,
                            entry_name="config_string", label="Http host",
                            help="The http_host", default="localhost",
                            data="127.0.0.1")],
        "http_port": [value("http", WEB, "http_port", type=4,
                            entry_name="config_integer", label="Http port",
                            help="The http_port", default=8081,
                            data=service.port)],
        "http_actions": [action("http", WEB, "http_actions", 4144,
                                ["start", "stop", "reload"])]}
    at = ("http__rrd", "0018/0001")
    result["0018/0001"] = {
        **texts(*at, "HTTP rrd resource", "Local"),
        "resource": [sensor(*at, "resource", type=8, cmd_class=4145,
                            entry_name="sensor_string", label="Resource",
                            is_polled=True, poll_delay=1800,
                            data=f"127.0.0.1:{service.port}/rrd/")],
        "resource_poll": [poll(*at, "resource_poll", 1800, 1800)]}
    return result


# Texts for people that the description leaves open.
OPEN_TEXTS = {"help"}


def same_value(what, found, wanted):
    open_fields = {k for k in OPEN_TEXTS if wanted[k] is None}
    if wanted.get("label") == wanted["uuid"]:
        open_fields.add("label")
    for k in open_fields:
        check(isinstance(found.get(k), str), f"{what}: {k} {found.get(k)!r}")
    same(what, {k: v for k, v in found.items() if k not in open_fields},
         {k: v for k, v in wanted.items() if k not in open_fields})


def compare_lists(what, data, wanted, indexed):
    """`data` of a discovery with {hadd: {uuid: [values]}}."""
    check(set(data) == set(wanted), f"{what}: nodes {set(data)}")
    for hadd, values in wanted.items():
        check(set(data[hadd]) == set(values),
              f"{what}: {hadd} has {set(data[hadd])}")
        for uuid, xs in values.items():
            found = data[hadd][uuid]
            if not indexed:
                found = {"0": found}
            check(set(found) == {str(i) for i in range(len(xs))},
                  f"{what}: indexes of {uuid}: {set(found)}")
            for i, x in enumerate(xs):
                same_value(f"{what}: {hadd} {uuid} {i}", found[str(i)], x)
