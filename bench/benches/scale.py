"""scale: accepting and memory, from few series to many."""

from benches import accept


def run(options, report):
    sizes = [1000, 10_000, 100_000]
    if not options.small:
        sizes.append(1_000_000)
    messages = 200_000 if options.small else 2_000_000

    def side(series):
        rounds = max(1, messages // series)
        sample = accept.ours(series, 0, rounds)
        sample.value = 1e9 / sample.value
        return sample

    last = sizes[-1]
    sides = {f"{n:,} series": (lambda n=n: side(n)) for n in [last]
             + sizes[:-1]}
    report.compare("scale", f"the slowdown to {last:,} series",
                   "CPU nanoseconds a value", sides, ("most", 2),
                   variants=list(sides)[2:])
