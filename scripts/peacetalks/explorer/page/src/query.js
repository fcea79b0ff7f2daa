// A full-text query: words that must all occur, "quoted phrases" as they stand, case ignored.

const TOKEN = /"([^"]+)"|“([^”]+)”|(\S+)/gu;
const SPECIAL = /[\\^$.*+?()[\]{}|/]/gu;

// null for an empty query; `terms` each find one word, `any` finds every hit.
export function parseQuery(text) {
  const words = [...text.trim().matchAll(TOKEN)].map((match) => (match[1] ?? match[2] ?? match[3]).trim());
  const sources = [...new Set(words.filter(Boolean).map(pattern))];
  if (sources.length === 0) return null;
  sources.sort((a, b) => b.length - a.length);
  return { terms: sources.map((source) => new RegExp(source, "iu")), any: new RegExp(sources.join("|"), "giu") };
}

// Quotes, hyphens and white space as a reader types them match those that a page prints.
function pattern(word) {
  return word
    .replace(SPECIAL, "\\$&")
    .replace(/['’ʼ]/gu, "['’ʼ]")
    .replace(/[-‐‑–]/gu, "[-‐‑–]")
    .replace(/\s+/gu, "\\s+");
}

export function findHits(query, text) {
  if (!query || !text) return [];
  return [...text.matchAll(query.any)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
}
