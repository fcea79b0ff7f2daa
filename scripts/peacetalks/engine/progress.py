"""What a build tells while it runs: each shard that is finished, and the step of the corpus that it is at."""

from collections.abc import Callable

from msgspec import Struct


class ShardDone(Struct, frozen=True, kw_only=True):
    """A shard that is finished: its pages, what was set aside by reason, and how far the files are read, in bytes.

    `taken_up` says that an earlier build finished it. `off_topic` are pages that the corpus may leave out.
    """

    pages: int
    excluded: dict[str, int]
    off_topic: int
    read: int
    taken_up: bool


class Restart(Struct, frozen=True):
    """All files are read from their start once more: what was told of shards counts no longer.

    Shards that were finished are taken up, but for those of a file that misled.
    """


class Step(Struct, frozen=True):
    """A step of the whole corpus that begins."""

    name: str


Event = ShardDone | Restart | Step
Tell = Callable[[Event], None]


def say_nothing(_: Event) -> None:
    """Tell no one."""
