"""The datasheet: it answers every question, and its numbers are those of the release that it stands in."""

import datetime
import re
from pathlib import Path
from string import Template

import pytest

from conftest import ROOT
from peacetalks.release import datasheet
from peacetalks.release.datasheet import numbers, render_datasheet
from peacetalks.release.manifest import NAME
from peacetalks.release.statistics import Known, Statistics
from peacetalks.release.versions import read_tables
from release_rows import describe

# Every question of Datasheets for Datasets (Gebru et al. 2021), by the id that it has here. C13 is of earlier versions.
QUESTIONS = {
    "M1": "purpose",
    "M2": "creators",
    "M3": "funding",
    "M4": "other remarks on motivation",
    "C1": "what an instance is",
    "C2": "number of instances of each kind",
    "C3": "sample or population",
    "C4": "data of an instance",
    "C5": "label or target",
    "C6": "missing information",
    "C7": "relations between instances",
    "C8": "recommended splits",
    "C9": "errors, noise, redundancy",
    "C10": "self-contained or not",
    "C11": "confidential content",
    "C12": "offensive or distressing content",
    "C13": "whether it concerns people",
    "C14": "subpopulations",
    "C15": "identifying individuals",
    "C16": "sensitive attributes",
    "C17": "other remarks on composition",
    "P1": "how the data was acquired",
    "P2": "mechanisms and their validation",
    "P3": "sampling strategy",
    "P4": "collectors and their pay",
    "P5": "time of collection and of creation",
    "P6": "ethical review",
    "P7": "from the individuals or from others",
    "P8": "notice to the individuals",
    "P9": "consent",
    "P10": "revoking consent",
    "P11": "analysis of the impact on individuals",
    "P12": "other remarks on collection",
    "L1": "preprocessing, cleaning, labelling",
    "L2": "raw data kept",
    "L3": "software available",
    "L4": "other remarks on preprocessing",
    "U1": "uses so far",
    "U2": "list of uses",
    "U3": "other possible tasks",
    "U4": "effects on future uses",
    "U5": "tasks that it should not be used for",
    "U6": "other remarks on uses",
    "D1": "recipients",
    "D2": "way of distribution and DOI",
    "D3": "time of distribution",
    "D4": "licence and fees",
    "D5": "rights of third parties",
    "D6": "export controls and other regulation",
    "D7": "other remarks on distribution",
    "T1": "maintainers",
    "T2": "contact",
    "T3": "erratum",
    "T4": "updates",
    "T5": "limits on retention",
    "T6": "older versions",
    "T7": "contributions",
    "T8": "other remarks on maintenance",
}
_NO_SUFFICES = {"P6"}  # a question that a plain "No." answers in full
_FEWEST_WORDS = 8

TEMPLATE = Path(datasheet.__file__).with_name("datasheet.md").read_text("utf-8")
SECTIONS = re.findall(r"^### (\w+) ([^\n]+)\n(.*?)(?=^##|\Z)", TEMPLATE, re.MULTILINE | re.DOTALL)
ANSWERS = {name: body for name, _, body in SECTIONS}
COUNTED = r"articles?|mentions?|segments?|events?|captures?|conferences?|clusters?|words|outlets?|agencies"

# Values that stand nowhere in the template, and no two alike: a number that shows was filled in.
STATISTICS = Statistics(
    articles={"train": 3011, "validation": 307, "test": 331},
    words=1_000_003,
    first=datetime.date(2011, 4, 1),
    last=datetime.date(2023, 9, 8),
    undated=1217,
    gold=1511,
    clusters=2999,
    languages={"en": 2003, "ar": 1646},
    outlets={"unknown": 3648, "gazette": 1},
    agencies={"none": 3647, "wire": 2},
    labels={"body": 50021, "chrome": 40009},
    mentions=7001,
    conferences={f"round-{n}-2014": 7 for n in range(443)},
    gazetteer=857,
    low_confidence=139,
    excluded={"off-topic": 29, "empty": 23},
    nulls={},
    known=Known(records={"train": 1601, "test": 199}, hosts=1103, undated=991, unplaced=251, texts=1377),
)


def test_the_template_has_every_question_once_and_in_order() -> None:
    assert [name for name, _, _ in SECTIONS] == list(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_is_restated_and_answered(question: str) -> None:
    restated, _, answer = ANSWERS[question].partition("\n\n")
    assert re.fullmatch(r"\*[A-Z][^*]+\?[^*]*\*", restated), "the question, in italics, on the line below its heading"
    words = re.findall(r"\w+", answer)
    assert words, "an answer"
    assert question in _NO_SUFFICES or len(words) >= _FEWEST_WORDS, f"an answer of more than {answer!r}"


def test_template_and_numbers_name_the_same_placeholders() -> None:
    template = Template(TEMPLATE)
    assert template.is_valid()
    assert set(template.get_identifiers()) == numbers("2.3.4", STATISTICS).keys()


def test_every_number_is_filled_in() -> None:
    values = numbers("2.3.4", STATISTICS)
    text = render_datasheet("2.3.4", STATISTICS)
    assert len(set(values.values())) == len(values)
    assert [name for name, value in values.items() if value in TEMPLATE] == []
    assert [name for name, value in values.items() if value not in text] == []
    assert "$" not in text


def test_the_template_types_no_count_by_hand() -> None:
    assert re.findall(rf"(?<![.\d])\d[\d,]*\s+(?:{COUNTED})\b", TEMPLATE) == []


def test_a_reference_to_a_question_is_to_one_that_exists() -> None:
    referred = re.findall(r"\b[MCPLUDT]\d+\b", re.sub(r"^### \w+", "", TEMPLATE, flags=re.MULTILINE))
    assert referred
    assert set(referred) <= QUESTIONS.keys()


def test_the_datasheet_at_the_root_is_that_of_the_newest_release() -> None:
    assert (ROOT / "DATASHEET.md").read_bytes() == (_newest_release() / "DATASHEET.md").read_bytes()


def test_the_published_datasheet_says_what_its_own_tables_say() -> None:
    folder = _newest_release()
    assert (folder / "DATASHEET.md").read_text("utf-8") == render_datasheet(folder.name, describe(read_tables(folder)))


def test_a_built_datasheet_says_what_its_own_tables_say(release: Path) -> None:
    assert (release / "DATASHEET.md").read_text("utf-8") == render_datasheet(
        release.name, describe(read_tables(release))
    )


def _newest_release() -> Path:
    folders = [path.parent for path in (ROOT / "corpus").glob(f"*/{NAME}")]
    return max(folders, key=lambda folder: [int(part) for part in folder.name.split(".")])
