// The worker: it holds the column index and reads the files, so that the page never waits for either.

import { readArticle, readColumns, readSegments, summary } from "./read/articles.js";
import { filterIndex } from "./read/filter.js";
import { readIndex } from "./read/index.js";
import { openRelease, readTable } from "./read/release.js";
import { concordance, isComplete, makeSearch, readTexts, setQuery, snippet } from "./read/search.js";

let release;
let index;
let search;
let current = { serial: -1, state: null };
let order = new Uint32Array();
let lines = [];
let reading = false;

const calls = {
  async open(base) {
    release = await openRelease(base);
    const [conferences, outlets] = await Promise.all([
      readTable(release, "conferences"),
      readTable(release, "outlets"),
      readIndex(release).then((read) => (index = read)),
    ]);
    search = makeSearch(index);
    const { version, edition, released, digest } = release.manifest;
    return { version, edition, released, digest, count: index.count, hasTexts: index.hasTexts, conferences, outlets };
  },
  view(serial, state) {
    current = { serial, state };
    setQuery(search, state.q);
    postView();
    if (!isComplete(search)) void readOn();
  },
  rows(from, to) {
    return [...order.subarray(from, to)].map((row) => ({ ...summary(index, row), snippet: snippet(search, row) }));
  },
  lines(from, to) {
    return lines.slice(from, to).map((line) => ({ ...line, ...summary(index, line.row) }));
  },
  article: (id) => readArticle(release, index, id),
  segments: (id) => readSegments(release, index, id),
  place: (id) => order.indexOf(index.rowOf.get(id) ?? -1),
  idAt: (at) => (at >= 0 && at < order.length ? index.id[order[at]] : null),
  ids: () => [...order].map((row) => index.id[row]),
  async selection(names) {
    const more = await readColumns(index, names);
    return [...order].map((row) => ({
      ...summary(index, row),
      ...Object.fromEntries(names.map((name) => [name, more[name][row]])),
    }));
  },
};

function postView() {
  const { serial, state } = current;
  const { order: found, counts, months } = filterIndex(index, state, search.matches);
  order = state.q && state.sort === "hits" ? byHits(found) : found;
  const told = state.mode === "concordance" ? concordance(search, order, state.kwic) : { lines: [], more: false };
  lines = told.lines;
  const progress = isComplete(search) ? 1 : search.texts.length / index.count;
  const limits = { titlesOnly: Boolean(search.query) && (search.limited || !search.readable), more: told.more };
  postMessage({ view: { serial, total: order.length, hits: lines.length, counts, months, progress, ...limits } });
}

function byHits(rows) {
  const { query } = search;
  const count = (text) => text?.match(query.any)?.length ?? 0;
  const hits = new Map([...rows].map((row) => [row, count(index.title[row]) + count(search.texts[row])]));
  return [...rows].sort((a, b) => hits.get(b) - hits.get(a)).reduce((all, row, n) => ((all[n] = row), all), new Uint32Array(rows.length));
}

async function readOn() {
  if (reading) return;
  reading = true;
  let told = performance.now();
  try {
    await readTexts(search, () => {
      if (!search.query) return false;
      if (performance.now() - told > 300) {
        told = performance.now();
        postView();
      }
      return true;
    });
    postView();
    reading = false;
    if (!isComplete(search)) void readOn(); // the query was cleared and set again meanwhile
  } catch (error) {
    reading = false;
    postMessage({ failure: String(error.message ?? error) });
  }
}

addEventListener("message", async ({ data: { call, id, args } }) => {
  try {
    postMessage({ id, value: await calls[call](...args) });
  } catch (error) {
    postMessage({ id, error: String(error.message ?? error) });
  }
});
