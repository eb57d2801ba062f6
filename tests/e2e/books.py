"""The metrics of the program, and its books."""

import re

from harness import check

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


def books(metrics):
    """The three identities: what should be equal, as (name, left, right)."""
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


def check_books(metrics):
    """Every test ends with this. Prints the books."""
    for name, left, right in books(metrics):
        print(f"  {name}: {left:.0f} = {right:.0f}")
    for name, left, right in books(metrics):
        check(left == right, f"the books do not balance: {name}: "
                             f"{left:.0f} is not {right:.0f}")
    # All zero would balance, too.
    check(total(metrics, "messages_taken_total") > 0, "no message was taken")
