"""The metrics of the program, and whether its counters add up."""

import re

from harness import Failure, check

_sample = re.compile(r"^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$")


def parse_metrics(text):
    """Prometheus text as {"name{label="x"}": value}, without "rrdflow_"."""
    result = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        found = _sample.match(line)
        check(found, f"/metrics: not a sample: {line!r}")
        name, labels, value = found.groups()
        key = name.removeprefix("rrdflow_")
        key += f"{{{labels}}}" if labels else ""
        check(key not in result, f"/metrics: twice: {key}")
        result[key] = float(value)
    return result


def total(metrics, name, **labels):
    """The sum of a metric over all labels that are not given."""
    wanted = [f'{k}="{v}"' for k, v in labels.items()]
    return sum(v for k, v in metrics.items()
               if k.split("{")[0] == name and all(w in k for w in wanted))


def identities(metrics):
    """What should be equal, as (name, left, right)."""
    def t(name):
        return total(metrics, name)
    return [
        ("messages taken = decoded + ignored + dead + waiting",
         t("messages_taken_total"),
         t("messages_decoded_total") + t("messages_ignored_total")
         + t("messages_dead_total") + t("journal_waiting_messages")),
        ("samples = merged + late + refused", t("samples_total"),
         t("samples_merged_total") + t("samples_late_total")
         + t("samples_refused_total")),
        ("rows opened = written + waiting + abandoned",
         t("rows_opened_total"),
         t("rows_written_total") + t("rows_waiting")
         + t("rows_abandoned_total")),
    ]


def mismatches(metrics):
    """A text for each identity that does not hold."""
    return [f"counters do not add up: {name}: {left:.0f} is not {right:.0f}"
            for name, left, right in identities(metrics) if left != right]


def all_counted(metrics, before):
    """Whether nothing waits in the journal and each message, sample and row is
    counted as what became of it. /metrics asks no actor: it may be read while
    a message is counted, or before a shard counts what DECODER sent it. Hence
    `before`, which was read earlier, must have the same figures."""
    sums = identities(metrics)
    return (total(metrics, "journal_waiting_messages") == 0
            and all(left == right for _, left, right in sums)
            and bool(before) and sums == identities(before))


def check_counters(metrics):
    """Every test ends with this. Prints the identities."""
    for name, left, right in identities(metrics):
        print(f"  {name}: {left:.0f} = {right:.0f}")
    for text in mismatches(metrics):
        raise Failure(text)
    # All zero would add up, too.
    check(total(metrics, "messages_taken_total") > 0, "no message was taken")
