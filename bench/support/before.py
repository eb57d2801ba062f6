"""The same measurement of another build of rrdflow, in the place of a peer."""

from support import paths


class Before:
    """A side that is made and run with the programs of another build."""

    def __init__(self, build, make):
        self.build = build
        with paths.using(build):
            self.side = make()

    def run(self, *arguments):
        with paths.using(self.build):
            return self.side.run(*arguments)

    def end(self):
        self.side.end()


def runs(build, run):
    """`run` with the programs of another build."""
    def wrapped():
        with paths.using(build):
            return run()
    return wrapped
