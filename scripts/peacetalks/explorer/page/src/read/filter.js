// Filter the column index, and count every facet as it would be without its own choice.

import { parseMonth } from "../dates.js";
import { FACETS } from "../state.js";
import { UNDATED } from "./index.js";

// {order: rows that pass, in the order of the list, counts: facet -> [[key, count]], months: [[month, count]]}.
// `matches` has a 1 for each row that the full-text query finds; null for no query.
export function filterIndex(index, state, matches) {
  const chosen = FACETS.map((name) => chosenCodes(index.facets[name], state[name]));
  const counts = FACETS.map((name) => new Uint32Array(index.facets[name].keys.length));
  const months = new Map();
  const order = [];
  const [from, to] = [parseMonth(state.from), parseMonth(state.to)];
  for (const row of index.newest) {
    if (matches && !matches[row]) continue;
    if (!inPeriod(index.month[row], from, to)) continue;
    const failed = failedFacet(index, row, chosen);
    if (failed === SEVERAL) continue;
    FACETS.forEach((name, n) => {
      if (failed === NONE || failed === n) countRow(index.facets[name], row, counts[n]);
    });
    if (failed !== NONE) continue;
    order.push(row);
    const month = index.month[row];
    if (month >= 0) months.set(month, (months.get(month) ?? 0) + 1);
  }
  return {
    order: Uint32Array.from(state.sort === "oldest" ? oldestFirst(index, order) : order),
    counts: Object.fromEntries(FACETS.map((name, n) => [name, ranked(name, index.facets[name], counts[n], chosen[n])])),
    months: [...months].sort((a, b) => a[0] - b[0]),
  };
}

const NONE = -1;
const SEVERAL = -2;

// The one facet that keeps a row out, NONE where none does, SEVERAL where more than one do.
function failedFacet(index, row, chosen) {
  let failed = NONE;
  for (let n = 0; n < FACETS.length; n++) {
    if (chosen[n] === null || passes(index.facets[FACETS[n]], row, chosen[n])) continue;
    if (failed !== NONE) return SEVERAL;
    failed = n;
  }
  return failed;
}

function chosenCodes(facet, keys) {
  if (!keys?.length) return null;
  return new Set(keys.map((key) => facet.keys.indexOf(key)));
}

function passes({ codes, offsets }, row, chosen) {
  if (!offsets) return chosen.has(codes[row]);
  for (let at = offsets[row]; at < offsets[row + 1]; at++) if (chosen.has(codes[at])) return true;
  return false;
}

function countRow({ codes, offsets }, row, counts) {
  if (!offsets) counts[codes[row]] += 1;
  else for (let at = offsets[row]; at < offsets[row + 1]; at++) counts[codes[at]] += 1;
}

function inPeriod(month, from, to) {
  if (from === null && to === null) return true;
  return month >= 0 && (from === null || month >= from) && (to === null || month <= to);
}

// Articles without a date stay last in either direction.
function oldestFirst(index, order) {
  const dated = order.filter((row) => index.day[row] !== UNDATED).reverse();
  return dated.concat(order.filter((row) => index.day[row] === UNDATED));
}

function ranked(name, { keys }, counts, chosen) {
  const found = keys.map((key, code) => [key, counts[code], code]).filter(([, count, code]) => count || chosen?.has(code));
  if (name === "year") found.sort((a, b) => (a[0] < b[0] ? 1 : -1));
  else if (name !== "split") found.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return found.map(([key, count]) => [key, count]);
}
