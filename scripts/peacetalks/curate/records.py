"""Place the records of the catalogue: beside the article of their page, or on their own where there is none."""

from msgspec import structs

from peacetalks.curate.ledger import Assignment
from peacetalks.curate.splits import Leak, Splits, Stratum, assign_splits


def place_records(strata: dict[str, Stratum], article_of: dict[str, str], articles: Splits, version: str) -> Splits:
    """Return the splits of the records, the ledger of the articles and them, and the leaks of both.

    `strata` is by record, `article_of` the article of a record's page, `articles` how the articles are placed. A record
    with an article belongs to its cluster, so that the two never stand in different splits; one that an earlier
    version had elsewhere is withheld. A record without text is a cluster of its own, placed as those of articles are.
    """
    known = {row.article: row.split for row in articles.ledger}
    kept_in = {articles.cluster_of[name]: split for name, split in articles.split_of.items()}
    beside = {
        record: articles.cluster_of[article]
        for record, article in sorted(article_of.items())
        if record in strata and article in articles.cluster_of
    }
    alone = assign_splits([[name] for name in sorted(strata.keys() - beside.keys())], strata, articles.ledger, version)
    split_of = dict(alone.split_of)
    leaks: list[Leak] = []
    for record, cluster in beside.items():
        split = kept_in[cluster]
        if known.get(record, split) == split:
            split_of[record] = split
        else:
            leaks.append(Leak(cluster=cluster, kept=split, sizes={known[record]: 1}, withheld=[record]))
    added = [name for name in beside if name in split_of and name not in known]
    ledger = [*alone.ledger, *(Assignment(article=name, split=split_of[name], since=version) for name in added)]
    return structs.replace(
        alone,
        ledger=ledger,
        split_of=split_of,
        cluster_of=alone.cluster_of | beside,
        leaks=[*articles.leaks, *alone.leaks, *leaks],
    )
