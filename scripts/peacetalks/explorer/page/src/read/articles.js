// Look up single articles: the whole row, its segments, its copies, its mentions.

import { PLAIN } from "./index.js";
import { columnNames, readColumn, readOfArticle, readRow } from "./release.js";

export async function readArticle(release, index, id) {
  const row = index.rowOf.get(id);
  if (row === undefined) return null;
  const { file, at } = locate(index, row);
  const rest = [...columnNames(file)].filter((name) => !PLAIN.includes(name));
  const article = await readRow(file, at, rest);
  const known = Object.fromEntries(PLAIN.map((name) => [name, index[name][row]]));
  const mentions = article.mentions ?? (await readOfArticle(release, "mentions", file.split, id));
  const copies = index.copies.get(known.cluster).map((other) => summary(index, other));
  return { ...article, ...known, mentions, split: file.split, hasText: typeof article.text === "string", copies };
}

export function readSegments(release, index, id) {
  const row = index.rowOf.get(id);
  return row === undefined ? [] : readOfArticle(release, "segments", index.split[row], id);
}

export function summary(index, row) {
  const pick = (name) => index[name][row] ?? null;
  return {
    id: index.id[row],
    title: pick("title"),
    source: pick("source"),
    outlet: pick("outlet"),
    agency: pick("agency"),
    language: index.language[row],
    published: pick("published"),
    edtf: pick("published_edtf"),
    conferences: index.conferences[row] ?? [],
    words: index.words[row],
    split: index.split[row],
    cluster: index.cluster[row],
    copies: index.copies.get(index.cluster[row]).length,
  };
}

// What is exported and not in the index: read for all rows at once.
export async function readColumns(index, names) {
  const columns = {};
  for (const name of names) {
    const parts = await Promise.all(
      index.files.map((file) => (columnNames(file).has(name) ? readColumn(file, name) : new Array(file.rows).fill(null))),
    );
    columns[name] = parts.flat();
  }
  return columns;
}

function locate(index, row) {
  const n = index.start.findLastIndex((start) => start <= row);
  return { file: index.files[n], at: row - index.start[n] };
}
