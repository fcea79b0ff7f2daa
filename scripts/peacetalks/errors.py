"""The errors of the project, by what follows from them.

PeacetalksError
├── CaptureError          one capture is set aside, with a reason; its neighbours go on
├── PageError             one page is not fetched, with an outcome; its neighbours go on
├── StopFetchingError     no further page is asked for; what was fetched stays
└── BuildError            the command stops; nothing is published
    ├── InputError        a path is missing, or holds no captures
    ├── VocabularyError   an entry of schema/*.toml breaks a rule
    ├── GoldError         a gold annotation does not fit its capture
    ├── WorkerError       no worker process can be had, or one says that the work can't go on
    ├── AnnotationError   an annotator's page does not fit its text, or its file is no such file; its neighbours go on
    ├── AuditError        segments or offsets do not fit their text: a fault of ours
    └── ReleaseError      a release can't be written or read
"""

from typing import Literal


class PeacetalksError(Exception):
    """Stand above every error that this project raises on purpose."""


class CaptureError(PeacetalksError):
    """Set one capture aside; `reason` is an id of schema/reasons.toml, `detail` says what was found."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


class PageError(PeacetalksError):
    """Say that a page was not fetched; `outcome` is missing, refused or failed, `detail` says why."""

    def __init__(self, outcome: Literal["missing", "refused", "failed"], detail: str) -> None:
        super().__init__(outcome, detail)
        self.outcome = outcome
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.outcome}: {self.detail}"


class StopFetchingError(PeacetalksError):
    """End a run of fetching before its last page; the message says why, and when to go on."""


class BuildError(PeacetalksError):
    """Stop the command; the message says what, where, and what to do next."""


class InputError(BuildError):
    """Say that an input path is missing or holds nothing to read."""


class VocabularyError(BuildError):
    """Name the file, the entry and the rule that it breaks."""


class GoldError(BuildError):
    """Say that a gold annotation does not fit its capture."""


class WorkerError(BuildError):
    """Say that no worker process can be had, or why one could not go on."""


class AnnotationError(BuildError):
    """Say why an annotator's page can't be taken: the message names the task, the span and the rule."""


class AuditError(BuildError):
    """Say that segments or offsets do not fit the text that they describe."""


class ReleaseError(BuildError):
    """Say why a release can't be written or read."""
