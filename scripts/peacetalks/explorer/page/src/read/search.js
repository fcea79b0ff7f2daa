// Search the texts: they are read once, a stretch at a time, and kept for the next query.

import { findHits, parseQuery } from "../query.js";
import { columnBytes, readColumn } from "./release.js";

const STRETCH = 2_500; // articles read between two reports of progress
const MOST_BYTES = 1_500_000_000; // of text that a tab is asked to keep; beyond it only titles are searched
const MOST_HITS = 20_000; // lines of a concordance
const CONTEXT = 90; // characters on either side of a hit

export function makeSearch(index) {
  const bytes = index.hasTexts ? index.files.reduce((sum, file) => sum + columnBytes(file, "text"), 0) : 0;
  return { index, text: "", query: null, matches: null, texts: [], limited: bytes > MOST_BYTES, readable: index.hasTexts };
}

// Search for another text: titles at once, and as many texts as are there.
export function setQuery(search, text) {
  if (text === search.text) return;
  search.text = text;
  search.query = parseQuery(text);
  search.matches = search.query && new Uint8Array(search.index.count);
  if (!search.query) return;
  for (let row = 0; row < search.index.count; row++) matchRow(search, row);
}

export function isComplete({ query, texts, limited, readable, index }) {
  return !query || limited || !readable || texts.length === index.count;
}

// Read on until every text is searched; `report` is called after each stretch, and false from it stops the reading.
export async function readTexts(search, report) {
  const { index, texts } = search;
  for (const [n, file] of index.files.entries()) {
    while (texts.length < index.start[n] + file.rows) {
      const from = texts.length - index.start[n];
      const found = await readColumn(file, "text", from, Math.min(file.rows, from + STRETCH));
      texts.push(...found);
      if (search.query) for (let row = texts.length - found.length; row < texts.length; row++) matchRow(search, row);
      if (!report(texts.length / index.count)) return;
    }
  }
}

function matchRow({ query, matches, index, texts }, row) {
  const [title, text] = [index.title[row] ?? "", texts[row] ?? ""];
  matches[row] = query.terms.every((term) => term.test(title) || term.test(text)) ? 1 : 0;
}

// The first hit of a row's text with its surroundings, for the list; null where only the title has one.
export function snippet(search, row) {
  const { query, texts } = search;
  if (!query || !texts[row]) return null;
  query.any.lastIndex = 0;
  const match = query.any.exec(texts[row]);
  return match && surround(texts[row], { start: match.index, end: match.index + match[0].length });
}

// Every hit of these rows with its context, and whether there are more than are told.
export function concordance(search, rows, order) {
  const lines = [];
  for (const row of search.query ? rows : []) {
    for (const [field, text] of [["title", search.index.title[row]], ["text", search.texts[row]]]) {
      for (const hit of findHits(search.query, text)) {
        if (lines.length === MOST_HITS) return { lines: sortLines(lines, order), more: true };
        lines.push({ row, field, ...surround(text, hit) });
      }
    }
  }
  return { lines: sortLines(lines, order), more: false };
}

// Cut at a space where there is one, so that no word stands there in part.
function surround(text, { start, end }) {
  const before = text.slice(Math.max(0, start - CONTEXT), start).replace(start > CONTEXT ? /^\S*\s/u : "", "");
  const after = text.slice(end, end + CONTEXT).replace(end + CONTEXT < text.length ? /\s\S*$/u : "", "");
  return { before: flat(before), hit: flat(text.slice(start, end)), after: flat(after) };
}

// On one line, and without the half of an astral character that a cut may leave.
const flat = (text) => text.replace(/\s+/gu, " ").toWellFormed().replaceAll("\ufffd", "");

function sortLines(lines, order) {
  if (order !== "before" && order !== "after") return lines;
  const keyOf = order === "after" ? ({ after }) => after.trim() : ({ before }) => before.trim().split(" ").reverse().join(" ");
  const compare = new Intl.Collator(undefined, { sensitivity: "base" }).compare;
  return lines.map((line) => [keyOf(line), line]).sort((a, b) => compare(a[0], b[0])).map(([, line]) => line);
}
