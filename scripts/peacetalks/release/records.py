"""Turn the catalogue's records into rows of its table."""

from collections.abc import Iterable, Iterator

from peacetalks.curate.splits import Splits
from peacetalks.record import Article, CatalogueRow
from peacetalks.registry.addresses import page_host
from peacetalks.registry.catalogue import Record
from peacetalks.registry.outlets import Outlets


def catalogue_rows(
    records: Iterable[Record], articles: Iterable[Article], placed: Splits, outlets: Outlets
) -> Iterator[CatalogueRow]:
    """Yield a row for each record that is not withheld, sorted by id; `placed` says how the records are placed."""
    article_of = {row.record: row.id for row in sorted(articles, key=lambda row: row.id, reverse=True) if row.record}
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
