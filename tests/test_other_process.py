"""Another peace process is brought by its vocabularies alone, and the analyst's questions are one line each."""

import datetime
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from peacetalks._files import sha256_file
from peacetalks.annotate.linking import link_mentions
from peacetalks.cli import app
from peacetalks.errors import VocabularyError
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.release.manifest import read_manifest
from peacetalks.release.provenance import vocabulary_digests

_MINSK = Path(__file__).parent / "gazetteers/minsk"
_PAGES = {
    "summit.txt": (
        "Leaders agree on truce for eastern Ukraine\nFebruary 12, 2015\n\n"
        "Four leaders agreed on a ceasefire for the east of Ukraine after long talks in Minsk on Thursday.\n\n"
        "Putin said that the summit in the Belarusian capital had not been easy. Poroshenko left without a word to the "
        "press. The Normandy format was born a year before, and heavy guns are now to be withdrawn from Donetsk.\n"
    ),
    "before.txt": (
        "Kiev doubts that Paris will help\nSeptember 20, 2015\n\n"
        "The next summit of the Normandy format on Ukraine will be held in Paris in October, diplomats said.\n\n"
        "Poroshenko expects little from the meeting. In Minsk envoys of Kiev and Luhansk talked about prisoners.\n"
    ),
    "syria.txt": (
        "Syria talks open in Geneva\nMarch 14, 2016\n\n"
        "The second round of the Geneva talks on Syria opened on Monday with envoys of the Assad government.\n\n"
        "De Mistura met the delegations one after the other, and the opposition asked for the release of prisoners.\n"
    ),
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("minsk")
    pages = folder / "pages"
    pages.mkdir()
    for name, text in _PAGES.items():
        (pages / name).write_text(text, "utf-8")
    out = folder / "out"
    arguments = ["build", str(pages), "--out", str(out), "--version", "0.1.0", "--gazetteer", str(_MINSK)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return out / "0.1.0"


@pytest.fixture(scope="module")
def pages(release: Path) -> Path:
    return release.parent.parent / "pages"


def test_the_manifest_names_the_vocabularies_that_were_used(release: Path) -> None:
    named = read_manifest(release).provenance.vocabularies
    assert named == vocabulary_digests(_MINSK)
    assert named["conferences.toml"] == sha256_file(_MINSK / "conferences.toml")
    assert "topic.toml" not in named  # it has none, and is judged without
    assert named["outlets.toml"] == vocabulary_digests()["outlets.toml"]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [(["--gazetteer", str(_MINSK)], 0, "no findings"), ([], 1, "name its folder with --gazetteer")],
    ids=["with its vocabularies", "without"],
)
def test_it_is_rebuilt_with_its_own_vocabularies_alone(
    release: Path, pages: Path, options: list[str], code: int, words: str
) -> None:
    result = CliRunner().invoke(app, ["validate", str(release), "--rebuild", str(pages), *options])
    assert result.exit_code == code, result.output
    assert words in result.output


def _table(release: Path, name: str) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in sorted((release / "data" / name).glob("*.parquet"))])


def test_another_process_needs_no_code(release: Path) -> None:
    articles = _table(release, "articles").set_index("source")
    assert set(articles.index) == {"summit.txt", "before.txt"}
    assert list(articles.loc["summit.txt", "conferences"]) == ["minsk-summit-2015"]
    assert list(articles.loc["before.txt", "conferences"]) == ["paris-summit-2015"]


def test_what_is_off_its_topic_is_excluded_with_the_reason(release: Path) -> None:
    excluded = _table(release, "excluded").set_index("source")
    assert excluded.loc["syria.txt", "reason"] == "off-topic"


def test_the_release_holds_the_conferences_of_that_process(release: Path) -> None:
    conferences = _table(release, "conferences").set_index("id")
    assert set(conferences.index) == set(load_gazetteer(_MINSK).events)
    assert conferences.loc["minsk-1-2014", "outcome"] == "Protocol of twelve points with a ceasefire"


def test_the_analysts_questions_are_one_line_each(release: Path) -> None:
    mentions = _table(release, "mentions").astype({"published": "datetime64[s]"})
    conferences = _table(release, "conferences").set_index("id").astype({"start": "datetime64[s]"})
    over_time = mentions.groupby(["conference", mentions.published.dt.to_period("M")]).size()
    before = mentions[mentions.stage == "ahead"].groupby("conference").outlet.unique()
    lead = conferences.start - mentions.groupby("conference").published.min()
    assert over_time["minsk-summit-2015", "2015-02"] >= 1
    assert list(before.index) == ["paris-summit-2015"]
    assert lead["paris-summit-2015"] == pd.Timedelta(days=12)


def test_each_mention_has_a_score(release: Path) -> None:
    assert _table(release, "mentions").score.between(0.5, 1).all()


def test_the_own_process_does_not_know_the_other() -> None:
    day = datetime.date(2015, 2, 12)
    text = _PAGES["summit.txt"]
    assert link_mentions(None, text, language="en", published=(day, day), gazetteer=load_gazetteer()) == []


def test_a_place_without_a_city_is_refused(tmp_path: Path) -> None:
    (tmp_path / "conferences.toml").write_text("", "utf-8")
    (tmp_path / "actors.toml").write_text('[[place]]\nid = "a"\nnames.en = ["A"]\n', "utf-8")
    with pytest.raises(VocabularyError, match="either a city or a country"):
        load_gazetteer(tmp_path)
