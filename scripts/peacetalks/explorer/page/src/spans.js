// Spans of a text: from code points, which the corpus counts in, to the UTF-16 units of the browser, and to runs.

// The UTF-16 offsets of code point offsets, as a map; an offset past the end has none.
export function unitsOf(text, points) {
  const wanted = [...new Set(points)].sort((a, b) => a - b);
  const units = new Map();
  let point = 0;
  let unit = 0;
  for (const next of wanted) {
    while (point < next && unit < text.length) {
      unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
      point += 1;
    }
    if (point === next) units.set(next, unit);
  }
  return units;
}

// Mentions of one field with their offsets in units. A span that does not show its surface is left out.
export function placeMentions(text, mentions, field) {
  const own = mentions.filter((mention) => mention.field === field);
  const units = unitsOf(text, own.flatMap(({ start, end }) => [start, end]));
  return own
    .map((mention) => ({ ...mention, start: units.get(mention.start), end: units.get(mention.end) }))
    .filter(({ start, end, surface }) => text.slice(start, end) === surface);
}

// Cut the stretch from `from` to `to` where any span starts or ends: [{text, start, end, covering}], spans may nest or cross.
export function cutRuns(text, spans, from = 0, to = text.length) {
  const inside = spans.filter((span) => span.start < to && span.end > from);
  const edges = inside.flatMap(({ start, end }) => [start, end]).filter((at) => at > from && at < to);
  const cuts = [...new Set([from, ...edges, to])].sort((a, b) => a - b);
  return cuts.slice(1).map((end, n) => ({
    text: text.slice(cuts[n], end),
    start: cuts[n],
    end,
    covering: inside.filter((span) => span.start <= cuts[n] && span.end >= end),
  }));
}

// [start, end] of each paragraph; a blank line parts two.
export function paragraphs(text) {
  const found = [];
  let start = 0;
  for (const match of text.matchAll(/\n\n/gu)) {
    found.push([start, match.index]);
    start = match.index + 2;
  }
  found.push([start, text.length]);
  return found.filter(([from, to]) => to > from);
}
