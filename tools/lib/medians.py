"""Programs that take turns, the medians of what they measured, and the ratio of two of them."""

import dataclasses
import statistics
import sys

import pinned


@dataclasses.dataclass
class Contender:
    """A program that measures one thing, and what it measured in each round."""

    name: str
    command: list
    threads: int = 1
    environment: dict = dataclasses.field(default_factory=dict)
    optional: bool = False
    """Whether the others go on without this one where it fails."""
    results: list = dataclasses.field(default_factory=list)
    failure: str = ""

    def measure(self):
        self.results.append(pinned.read_json(self.command, self.threads, self.environment))
        return self.results[-1]

    @property
    def rates(self):
        return [result["imagesPerSecond"] for result in self.results]

    @property
    def rate(self):
        return statistics.median(self.rates)

    @property
    def peak_memory(self):
        return max(result["peakMemoryBytes"] for result in self.results)

    @property
    def own_memory(self):
        """The peak without what importing a framework takes."""
        return self.peak_memory - min(result.get("importBytes", 0) for result in self.results)

    @property
    def figures(self):
        return {"name": self.name, "imagesPerSecond": self.rate, "imagesPerSecondOfRounds": self.rates,
                "peakMemoryBytes": self.peak_memory}

    def changed(self, word, replacement, *options, environment=None):
        """An optional contender that runs the same with more options or variables."""
        name, command = self.name.replace(word, replacement), [*self.command, *options]
        return Contender(name, command, self.threads, environment or {}, optional=True)


class Ratio:
    """The ratio of two medians, and the lowest and highest of single rounds: neighbours in time share what else
    happens on the machine."""

    def __init__(self, first, second):
        single = [a / b for a, b in zip(first.rates, second.rates)]
        self.value, self.low, self.high = first.rate / second.rate, min(single), max(single)


def alternate(label, contenders, rounds):
    """Lets each contender measure once per round, and returns those that did. An optional one that fails is left out of
    further rounds; its `failure` then says why."""
    for number in range(1, rounds + 1):
        for contender in contenders:
            if contender.failure:
                continue
            try:
                contender.measure()
                tell(f"{label}, round {number}, {contender.name}: {contender.rates[-1]:.1f} images/s")
            except pinned.Failure as failure:
                if not contender.optional:
                    raise
                contender.failure = failure.summary
                tell(f"{label}, {contender.name}: {contender.failure}")
    return [contender for contender in contenders if not contender.failure]


def failures(label, contenders):
    return [f"{label}, {contender.name}: {contender.failure}" for contender in contenders if contender.failure]


def fastest(label, contenders, rounds=3):
    """The contender with the highest median rate of a few alternating measurements."""
    for _ in range(rounds):
        for contender in contenders:
            contender.measure()
            tell(f"{label}, choosing, {contender.name}: {contender.rates[-1]:.1f} images/s")
    return max(contenders, key=lambda contender: contender.rate)


def tell(line):
    print(line, file=sys.stderr, flush=True)
