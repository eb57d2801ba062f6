"""seed: the original's cost grew with its sources; ours must not."""

from benches import accept
from support.measure import Sample
from support.scratch import Scratch

# Microseconds a message of the original, by number of sources.
ORIGINAL = {20: 17, 200: 143, 2000: 3341}
SOURCES_A_FILE = 10


def rules(sources):
    lines = []
    for first in range(0, sources, SOURCES_A_FILE):
        lines.append(f'[[rrd]]\nname = "file-{first}"\nstep = "10s"\n'
                     "sources = [")
        for i in range(first, first + SOURCES_A_FILE):
            lines.append(f'  {{ topic = "plant/hall-{i % 100}/sensor-{i}/'
                         f'temperature", path = "", type = "GAUGE", '
                         f'label = "source{i}" }},')
        lines.append("]")
    return "\n".join(lines) + "\n"


def run(options, report):
    messages = 100_000 if options.small else 1_000_000
    with Scratch("seed") as folder:
        def side(sources):
            path = folder / f"{sources}.toml"
            path.write_text(rules(sources))
            return accept.ours(sources, 0, messages // sources, path)

        for sources, micros in ORIGINAL.items():
            report.compare("seed", f"{sources:,} sources",
                           "values a CPU second",
                           {"rrdflow": lambda: side(sources),
                            "original": lambda: Sample(1e6 / micros)})
        report.compare("seed", "2,000 sources against 20", "values a CPU "
                       "second", {"2,000": lambda: side(2000),
                                  "20": lambda: side(20)}, ("least", 0.8))
