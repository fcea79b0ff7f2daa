"""croissant.json: every config, split and checksum, read by the reference implementation, offline."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from peacetalks.release.manifest import read_manifest
from peacetalks.release.schema import fields
from peacetalks.release.standoff import write_standoff

# Croissant 1.1, "Required" and "Recommended" properties of a dataset; its own validator lets most of them pass.
REQUIRED = ("@context", "@type", "conformsTo", "description", "license", "name", "url", "creator", "datePublished")
RECOMMENDED = ("keywords", "version", "inLanguage", "isLiveDataset", "citeAs")
RESPONSIBLE = (
    "dataCollection",
    "dataCollectionType",
    "dataCollectionTimeframe",
    "dataCollectionMissingData",
    "dataCollectionRawData",
    "dataPreprocessingProtocol",
    "dataManipulationProtocol",
    "dataAnnotationProtocol",
    "annotationsPerItem",
    "machineAnnotationTools",
    "personalSensitiveInformation",
    "dataSocialImpact",
    "dataBiases",
    "dataLimitations",
    "dataUseCases",
    "dataReleaseMaintenancePlan",
)

READ = """
import json, socket, sys, warnings
def refuse(*_, **__):
    raise OSError("no network in this test")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
warnings.simplefilter("ignore")  # the library's own dependencies warn of their future
import mlcroissant
dataset = mlcroissant.Dataset(jsonld=sys.argv[1])
assert not dataset.metadata.ctx.issues.errors, dataset.metadata.ctx.issues.errors
found = {}
for record_set in dataset.metadata.record_sets:
    rows = list(dataset.records(record_set.uuid))
    splits = {}
    for row in rows:
        split = row.get(f"{record_set.uuid}/split")
        split = split.decode() if isinstance(split, bytes) else split
        splits[split] = splits.get(split, 0) + 1
    found[record_set.uuid] = {"splits": splits, "columns": sorted(rows[0])}
print(json.dumps({"found": found, "warnings": sorted(map(str, dataset.metadata.ctx.issues.warnings))}))
"""


def document(release: Path) -> dict[str, Any]:
    found = json.loads((release / "croissant.json").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def test_every_required_property_is_there_and_says_something(release: Path) -> None:
    found = document(release)
    for name in (*REQUIRED, *RECOMMENDED, *(f"rai:{name}" for name in RESPONSIBLE)):
        assert found.get(name) not in (None, "", [], {}), name
    assert found["conformsTo"] == [
        "http://mlcommons.org/croissant/1.1",
        "http://mlcommons.org/croissant/RAI/1.0",
    ]
    assert found["version"] == read_manifest(release).version
    assert read_manifest(release).digest in found["citeAs"]
    assert found["datePublished"] == read_manifest(release).released.isoformat()


def test_every_data_file_is_there_with_its_real_checksum(release: Path) -> None:
    objects = {entry["@id"]: entry for entry in document(release)["distribution"] if entry["@type"] == "cr:FileObject"}
    listed = {name: entry for name, entry in read_manifest(release).files.items() if name.startswith("data/")}
    assert objects.keys() == listed.keys()
    for name, entry in listed.items():
        assert (objects[name]["sha256"], objects[name]["contentSize"]) == (entry.sha256, f"{entry.bytes} B")
        assert (release / objects[name]["contentUrl"]).exists()


def test_every_field_is_described_in_the_words_of_the_record_type(release: Path) -> None:
    sets = {entry["@id"]: entry for entry in document(release)["recordSet"]}
    for name, entry in read_manifest(release).tables.items():
        if not any(entry.rows.values()):
            assert name not in sets
            continue
        described = {field["name"]: field["description"] for field in sets[name]["field"]}
        assert described == {"split": described["split"]} | {field.name: field.description for field in fields(name)}


@pytest.mark.parametrize("edition", ["full", "standoff"])
def test_mlcroissant_reads_every_record_set_without_a_network(release: Path, tmp_path: Path, edition: str) -> None:
    pytest.importorskip("mlcroissant", reason="the reference implementation is a development dependency")
    folder = release if edition == "full" else write_standoff(release, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(folder / "croissant.json")],
        env={**os.environ, "CROISSANT_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["warnings"] == []
    found = result["found"]
    splits = found.pop("splits")
    assert splits["columns"] == ["splits/name", "splits/url"]
    counted = {name: entry.rows for name, entry in read_manifest(folder).tables.items() if any(entry.rows.values())}
    assert {name: entry["splits"] for name, entry in found.items()} == counted
    for name, entry in found.items():
        columns = {f"{name}/{field.name}" for field in fields(name, read_manifest(folder).edition)}
        assert columns <= set(entry["columns"])
