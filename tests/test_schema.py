import json

import pytest

from conftest import ROOT
from peacetalks.record import TABLES
from peacetalks.release.schema import TABLE_NAMES, Edition, arrow_schema, fields, json_schema, type_name, yaml_features


@pytest.mark.parametrize("table", TABLE_NAMES)
def test_the_published_json_schema_is_that_of_the_record_type(table: str) -> None:
    published = json.loads((ROOT / "schema" / f"{table}.schema.json").read_text("utf-8"))
    assert published == json_schema(table), "run `make schema`"


@pytest.mark.parametrize("edition", ["full", "standoff"])
@pytest.mark.parametrize("table", TABLE_NAMES)
def test_every_field_is_described(table: str, edition: Edition) -> None:
    assert all(len(field.description) > 5 for field in fields(table, edition))


@pytest.mark.parametrize("edition", ["full", "standoff"])
@pytest.mark.parametrize("table", TABLE_NAMES)
def test_the_features_are_those_that_the_datasets_library_derives(table: str, edition: Edition) -> None:
    from datasets import Features

    schema = arrow_schema(table, edition)
    features = Features.from_arrow_schema(schema.remove_metadata())
    assert json.loads(schema.metadata[b"huggingface"])["info"]["features"] == features.to_dict()
    assert yaml_features(table, edition) == features._to_yaml_list()


def test_the_tables_are_those_of_the_design() -> None:
    assert (
        tuple(TABLES)
        == TABLE_NAMES
        == (
            "articles",
            "mentions",
            "segments",
            "temporal",
            "catalogue",
            "conferences",
            "outlets",
            "excluded",
        )
    )


def test_the_article_has_the_types_of_the_design() -> None:
    types = {field.name: (type_name(field.type), field.nullable) for field in fields("articles")}
    assert types == {
        "id": ("string", False),
        "source": ("string", False),
        "url": ("string", True),
        "title": ("string", True),
        "text": ("string", False),
        "captions": ("list<string>", False),
        "outlet": ("string", True),
        "agency": ("string", True),
        "authors": ("list<string>", False),
        "dateline": ("string", True),
        "published": ("date32", True),
        "published_edtf": ("string", True),
        "published_basis": ("string", False),
        "published_evidence": ("list<int32>", False),
        "language": ("string", False),
        "conferences": ("list<string>", False),
        "mentions": ("list<struct>", False),
        "cluster": ("string", False),
        "annotation": ("string", False),
        "rights": ("string", False),
        "record": ("string", True),
        "words": ("int32", False),
    }
