"""Build a release again from its captures, and say where it differs and why."""

from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from peacetalks.capture.inputs import InputFile
from peacetalks.curate.ledger import read_ledger, write_ledger
from peacetalks.curate.takedowns import read_takedowns, takedown_bytes
from peacetalks.curate.version_names import version_key
from peacetalks.engine.progress import say_nothing
from peacetalks.errors import BuildError, InputError
from peacetalks.pipeline import Score, build, gold_digest
from peacetalks.record import Gold
from peacetalks.release.history import LEDGER
from peacetalks.release.manifest import Manifest, read_manifest
from peacetalks.release.page import FOLDER, read_page
from peacetalks.release.provenance import PROCESS, own_provenance
from peacetalks.release.validate import Finding, compare_folders
from peacetalks.release.write import Order


def rebuild_release(
    release: Path,
    files: list[InputFile],
    gold: dict[str, Gold],
    score: Score,
    vocabularies: Path | None = None,
    executor: Executor | None = None,
    writers: Executor | None = None,
) -> list[Finding]:
    """Return a finding for each file of a release that building it again from its captures does not give.

    Where gold or vocabularies are not those of its manifest it is not built: the findings say which. Where bytes
    differ, the first findings are the tools that are not the same. The releases beside it are read for what it
    follows, its own ledger and the takedown list for what they held. `vocabularies` is another process's folder,
    `executor` works on pages and `writers` on files. Its page is taken over: no capture tells of it, and the manifest
    holds its digests.
    """
    release = release.resolve()
    manifest = read_manifest(release)
    if manifest.edition != "full":
        raise InputError(
            f"{release}: is a stand-off edition, which is not built from captures: "
            "`peacetalks rehydrate` puts its words back and verifies them"
        )
    causes = [*_other_inputs(manifest, gold, vocabularies)]
    if causes:
        return [_finding(cause) for cause in causes]
    with TemporaryDirectory(prefix="peacetalks-") as folder:
        out = Path(folder)
        order = Order(version=manifest.version, released=manifest.released, options=manifest.options)
        try:
            _put_history(release, manifest, out)
            build(
                files,
                out,
                order,
                gold=gold,
                score=score,
                executor=executor,
                writers=writers,
                tell=say_nothing,
                page=read_page(release / FOLDER),
                vocabularies=vocabularies,
            )
        except BuildError as error:
            return [_finding(f"it can't be built again: {error}")]
        found = compare_folders(release, out / manifest.version)
        captures = read_manifest(out / manifest.version).inputs.sha256
    if captures != manifest.inputs.sha256:
        found.insert(0, _finding("the captures are not those that it was built from, or not under their names"))
    return [*map(_finding, _other_tools(manifest)), *found] if found else []


def _put_history(release: Path, manifest: Manifest, out: Path) -> None:
    write_ledger(out / LEDGER, [read_ledger(release / LEDGER)])
    gone = read_takedowns(release.parent / "takedowns.csv")
    in_force = [row for row in gone if version_key(row.since) <= version_key(manifest.version)]
    (out / "takedowns.csv").write_bytes(takedown_bytes(in_force))
    if manifest.parent is None:
        return
    parent = release.parent / manifest.parent.version
    if not parent.exists():
        raise InputError(f"{parent}: is not there, and {release.name} was built after it: put it beside {release}")
    copytree(parent, out / parent.name)


def _other_inputs(manifest: Manifest, gold: dict[str, Gold], vocabularies: Path | None) -> Iterator[str]:
    digest = gold_digest(gold)
    if digest != manifest.inputs.gold:
        if digest is None:
            yield "it was built with gold, and none was given: name its folder with --gold"
        elif manifest.inputs.gold is None:
            yield "it was built without gold: leave --gold out"
        else:
            yield f"the gold is not that of the manifest ({manifest.inputs.gold[:16]})"
    ours, theirs = own_provenance(vocabularies).vocabularies, manifest.provenance.vocabularies
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            cure = "name its folder with --gazetteer" if name in PROCESS else "take the code of that version"
            yield f"vocabulary {name} is not as the manifest has it: {cure}"


def _other_tools(manifest: Manifest) -> Iterator[str]:
    then, now = manifest.provenance, own_provenance()
    for name in sorted(then.made_with.keys() | now.made_with.keys()):
        if then.made_with.get(name) != now.made_with.get(name):
            yield f"made with {name} {then.made_with.get(name)}, here is {now.made_with.get(name)}"
    if then.lock != now.lock:
        yield "made with another requirements.lock"


def _finding(message: str) -> Finding:
    return Finding(check="rebuild", message=message)
