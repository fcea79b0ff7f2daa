"""Count the CPU time of each stage of a page."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class Clock:
    """The CPU time of a page for each stage, in the order that they ran, in such parts of a second.

    `first` is that of the first turn, `best` that of the one that was disturbed least.
    """

    def __init__(self, pages: int, parts: int) -> None:
        self._pages, self._parts = pages, parts
        self._turn: dict[str, float] = {}
        self.first: dict[str, float] = {}
        self.best: dict[str, float] = {}

    def run(self, stage: str, work: Callable[[], Result]) -> Result:
        """Return what the work returns, and count its time to the stage."""
        start = time.process_time()
        result = work()
        self._turn[stage] = self._turn.get(stage, 0.0) + time.process_time() - start
        return result

    def end_turn(self) -> None:
        """Keep the times of the turn."""
        costs = {stage: self._parts * seconds / self._pages for stage, seconds in self._turn.items()}
        self.first = self.first or costs
        self.best |= {stage: min(cost, self.best.get(stage, cost)) for stage, cost in costs.items()}
        self._turn = {}
