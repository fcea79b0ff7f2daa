// The column index: what the list, the facets and the timeline are counted from, one entry an article.

import { placeInTime } from "../dates.js";
import { FACETS } from "../state.js";
import { columnNames, openFile, readColumn } from "./release.js";

export const PLAIN = ["id", "outlet", "agency", "language", "published", "published_edtf", "conferences", "cluster", "words"];
export const UNDATED = -(2 ** 31);

export async function readIndex(release) {
  const files = await Promise.all((release.tables.articles ?? []).map((file) => openFile(release, file)));
  const parts = await Promise.all(files.map(readPart));
  const columns = {};
  for (const name of [...PLAIN, "title", "source"]) columns[name] = [].concat(...parts.map((part) => part[name] ?? []));
  return { ...columns, ...derive(columns, files), files, hasTexts: parts.some((part) => part.title) };
}

// A stand-off edition has no titles but spans of them: there an article goes by its source.
async function readPart(file) {
  const names = columnNames(file);
  const heading = names.has("text") ? "title" : "source";
  const wanted = [...PLAIN, heading];
  const read = await Promise.all(wanted.map((name) => readColumn(file, name)));
  return Object.fromEntries(wanted.map((name, n) => [name, read[n]]));
}

function derive(columns, files) {
  const count = columns.id.length;
  const day = new Int32Array(count).fill(UNDATED);
  const month = new Int32Array(count).fill(-1);
  const year = new Array(count).fill(null);
  for (let row = 0; row < count; row++) {
    const placed = placeInTime(columns.published[row], columns.published_edtf[row]);
    if (placed.day !== null) day[row] = placed.day;
    if (placed.month !== null) month[row] = placed.month;
    year[row] = placed.year;
  }
  const split = files.flatMap((file) => new Array(file.rows).fill(file.split));
  const start = [];
  files.reduce((sum, file, n) => ((start[n] = sum), sum + file.rows), 0);
  const single = { ...columns, year, split };
  const facets = Object.fromEntries(
    FACETS.map((name) => [name, name === "conference" ? encodeLists(columns.conferences) : encode(single[name])]),
  );
  const newest = Uint32Array.from(day.keys()).sort((a, b) => day[b] - day[a] || a - b);
  return { count, day, month, split, start, facets, newest, rowOf: new Map(columns.id.map((id, row) => [id, row])), copies: groupBy(columns.cluster) };
}

function encode(values) {
  const { keys, codeOf } = dictionary();
  const codes = Int32Array.from(values, (value) => codeOf(value ?? ""));
  return { keys, codes, offsets: null };
}

function encodeLists(lists) {
  const { keys, codeOf } = dictionary();
  const offsets = new Int32Array(lists.length + 1);
  const codes = [];
  lists.forEach((list, row) => {
    for (const value of list?.length ? list : [""]) codes.push(codeOf(value));
    offsets[row + 1] = codes.length;
  });
  return { keys, codes: Int32Array.from(codes), offsets };
}

function dictionary() {
  const keys = [];
  const known = new Map();
  const codeOf = (value) => {
    if (!known.has(value)) known.set(value, keys.push(value) - 1);
    return known.get(value);
  };
  return { keys, codeOf };
}

function groupBy(values) {
  const groups = new Map();
  values.forEach((value, row) => (groups.has(value) ? groups.get(value).push(row) : groups.set(value, [row])));
  return groups;
}
