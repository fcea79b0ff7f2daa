"""Publish a release: only what may be passed on, data first and manifest last, and never over another release."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from peacetalks.capture.stores import show
from peacetalks.errors import ReleaseError
from peacetalks.registry.outlets import load_outlets
from peacetalks.registry.rights import load_rights
from peacetalks.release.hub import HUB, plan_hub, publish_to_hub
from peacetalks.release.manifest import read_manifest
from peacetalks.release.sending import send_folder
from peacetalks.release.standoff import write_standoff
from peacetalks.release.validate import validate_release
from peacetalks.release.versions import read_tables


class Published(Struct, frozen=True, kw_only=True):
    """What was, or would be, published: where to, which edition, the files that were sent, and why not the full one."""

    address: str
    edition: str
    sent: list[str]
    already_there: bool
    withheld: dict[str, int]


def publish_release(release: Path, destination: str, *, has_rights: bool, dry_run: bool) -> Published:
    """Publish a sound release to a Hub repository (hf://datasets/OWNER/NAME), a folder or an object store.

    A full edition with texts that may not be passed on goes out as its stand-off edition, unless the publisher
    says that the rights are there. It is safe to run again after a cut: what is there already is not sent again.
    """
    findings = validate_release(release)
    if findings:
        first = findings[0]
        raise ReleaseError(
            f"{release}: {len(findings)} findings, the first {first.check}: {first.message}; nothing was published"
        )
    withheld = {} if has_rights else find_withheld(release)
    with _edition(release, standoff=bool(withheld)) as folder:
        if destination.startswith(HUB):
            act = plan_hub if dry_run else publish_to_hub
            sent, already = act(folder, destination.removeprefix(HUB))
            address = destination
        else:
            address = f"{destination.rstrip('/')}/{read_manifest(folder).version}"
            sent, already = send_folder(folder, address, dry_run=dry_run)
            address = show(address)
        edition = read_manifest(folder).edition
    return Published(address=address, edition=edition, sent=sent, already_there=already, withheld=withheld)


def find_withheld(release: Path) -> dict[str, int]:
    """Return how many articles of a full edition may not be passed on, by their terms; the agency's count as well."""
    if read_manifest(release).edition != "full":
        return {}
    terms = load_rights()
    counts: dict[str, int] = {}
    for table in read_tables(release)["articles"].values():
        for row in table.select(["rights", "outlet", "agency"]).to_pylist():
            agency = load_outlets().get(row["agency"])
            names = [row["rights"]] + ([agency.rights] if agency and row["agency"] != row["outlet"] else [])
            closed = [name for name in names if name not in terms or not terms[name].redistributable]
            if closed:
                counts[closed[0]] = counts.get(closed[0], 0) + 1
    return counts


@contextmanager
def _edition(release: Path, *, standoff: bool) -> Iterator[Path]:
    if not standoff:
        yield release
        return
    with TemporaryDirectory(prefix="peacetalks-") as folder:
        yield write_standoff(release, Path(folder))
