"""Turn the catalogue's records into rows of its table."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from peacetalks.curate.records import PlacedRecords
from peacetalks.record import CatalogueRow, Split
from peacetalks.registry.addresses import page_host
from peacetalks.registry.catalogue import Record
from peacetalks.registry.outlets import Outlets
from peacetalks.release.tables import Tables, make_tables


def catalogue_tables(
    records: Iterable[Record], article_of: Mapping[str, str], placed: PlacedRecords, outlets: Outlets
) -> Tables:
    """Return the table of the catalogue by split."""
    rows: dict[Split, list[Struct]] = {}
    for row in catalogue_rows(records, article_of, placed, outlets):
        rows.setdefault(placed.split_of[row.id], []).append(row)
    return make_tables({"catalogue": rows})


def catalogue_rows(
    records: Iterable[Record], article_of: Mapping[str, str], placed: PlacedRecords, outlets: Outlets
) -> Iterator[CatalogueRow]:
    """Yield a row for each record that is not withheld, sorted by id.

    `article_of` is the article of a record's page, `placed` says how the records are placed.
    """
    for name, record in sorted((record.id, record) for record in records):
        if name not in placed.split_of:
            continue
        host = page_host(record.url)
        outlet = outlets.of_host(host)
        yield CatalogueRow(
            id=name,
            url=record.url,
            host=host,
            outlet=outlet.id if outlet else None,
            language=record.language,
            published=record.day,
            published_edtf=record.published,
            date_evidence=record.date_evidence,
            kind=record.kind,
            agency=record.agency,
            credit=record.credit,
            conferences=record.conferences,
            series=record.series,
            basis=record.basis,
            confidence=record.confidence,
            article=article_of.get(name),
            cluster=placed.cluster_of[name],
        )
