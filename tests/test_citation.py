"""Citations: all forms say the same, and name the version, its day and the digest of its content."""

import datetime
import json
import re
from pathlib import Path

import pytest
import yaml

from peacetalks.release.citation import Citation, cite_apa, cite_bibtex, load_source, zenodo_metadata
from peacetalks.release.manifest import read_manifest
from peacetalks.release.schema import Edition


def citation(release: Path) -> Citation:
    manifest = read_manifest(release)
    return Citation(version=manifest.version, released=manifest.released, digest=manifest.digest)


def test_every_form_names_title_authors_version_day_and_digest(release: Path) -> None:
    source, cited = load_source(), citation(release)
    cff = yaml.safe_load((release / "CITATION.cff").read_text("utf-8"))
    zenodo = json.loads((release / ".zenodo.json").read_text("utf-8"))
    bibtex = (release / "CITATION.bib").read_text("utf-8")
    assert cff["title"] == zenodo["title"] == source.title
    assert [a["name"] for a in cff["authors"]] == [a["name"] for a in zenodo["creators"]] == source.authors
    assert cff["version"] == zenodo["version"] == cited.version
    assert cff["date-released"].isoformat() == zenodo["publication_date"] == cited.released.isoformat()
    for text in (bibtex, cite_apa(cited), json.dumps(zenodo), str(cff)):
        assert source.title in text
        assert cited.version in text
        assert cited.digest in text
        assert str(cited.released.year) in text


def test_the_bibtex_is_balanced_and_stands_in_the_card(release: Path) -> None:
    bibtex = cite_bibtex(citation(release))
    assert bibtex.count("{") == bibtex.count("}")
    assert re.match(r"@misc\{peacetalks-\d+\.\d+\.\d+,\n", bibtex)
    assert bibtex.strip() in (release / "README.md").read_text("utf-8")
    assert bibtex == (release / "CITATION.bib").read_text("utf-8")


def test_zenodo_is_told_that_it_is_a_data_set(release: Path) -> None:
    zenodo = json.loads((release / ".zenodo.json").read_text("utf-8"))
    assert zenodo["upload_type"] == "dataset"
    cff = yaml.safe_load((release / "CITATION.cff").read_text("utf-8"))
    assert (cff["cff-version"], cff["type"]) == ("1.2.0", "dataset")
    assert {"title", "message", "authors", "cff-version"} <= cff.keys()


@pytest.mark.parametrize(("edition", "access"), [("full", "restricted"), ("standoff", "open")])
def test_what_holds_the_texts_is_not_open(edition: Edition, access: str) -> None:
    told = json.loads(
        zenodo_metadata(Citation(version="1.0.0", released=datetime.date(2020, 1, 1), digest="0" * 64), edition)
    )
    assert told["access_right"] == access
    assert ("license" in told) == (access == "open")
    assert ("access_conditions" in told) == (access == "restricted")
