// One row of the list, and one line of the concordance.

import { bdi, h } from "../dom.js";
import { dateText, headline } from "../labels.js";
import { cutRuns } from "../spans.js";
import { findHits } from "../query.js";

const NARROW = 600; // pixels; below it titles have two lines, as list.css says

// The height of a row in pixels: it is fixed, so that the list knows where each one stands.
export function rowHeight(width, { lines, snippets }) {
  if (lines) return 44;
  return 92 + (snippets ? 26 : 0) + (width < NARROW ? 24 : 0);
}

export function articleRow(row, { labels, href, current, query }) {
  const title = headline(row);
  return h(
    "li",
    { class: "row" },
    h(
      "a",
      { class: "row-link", href, "aria-current": current ? "true" : null, "data-key": row.id },
      h("span", { class: "row-meta" }, h("span", { class: "row-date" }, dateText(row)), bdi(originOf(row, labels) ?? "outlet not known", { class: "row-outlet" })),
      h("span", { class: "row-title", dir: "auto", lang: row.language }, marked(title, query)),
      row.snippet && snippetLine(row),
      h(
        "span",
        { class: "row-tags" },
        row.conferences.slice(0, 2).map((id) => h("span", { class: "tag" }, bdi(labels.conference(id)))),
        row.conferences.length > 2 && h("span", { class: "tag tag-more" }, `+${row.conferences.length - 2}`),
        row.copies > 1 && h("span", { class: "tag tag-copies" }, `${row.copies - 1} near-duplicate${row.copies > 2 ? "s" : ""}`),
      ),
    ),
  );
}

function originOf({ outlet, agency }, labels) {
  if (outlet) return labels.outlet(outlet);
  return agency ? `via ${labels.agency(agency)}` : null;
}

function snippetLine({ snippet, language }) {
  const { before, hit, after } = snippet;
  return h("span", { class: "row-snippet", dir: "auto", lang: language }, `…${before.slice(-48).replace(/^\S*\s/u, "")}`, h("mark", {}, hit), after);
}

export function marked(text, query) {
  return cutRuns(text, findHits(query, text)).map((run) => (run.covering.length ? h("mark", {}, run.text) : run.text));
}

// Before and after follow the direction of the writing, so that a line in Arabic reads from the right.
export function concordanceLine(line, { labels, href, current }) {
  const right = isRightToLeft(line.hit + line.after + line.before);
  const where = [dateText(line), originOf(line, labels)].filter(Boolean).join(" · ");
  return h(
    "li",
    { class: "row line-row" },
    h(
      "a",
      { class: "line", href, "aria-current": current ? "true" : null, title: headline(line), "data-key": `${line.id}/${line.before}` },
      h("span", { class: "line-where" }, bdi(where)),
      h(
        "span",
        { class: "line-text", dir: right ? "rtl" : "ltr", lang: line.language },
        h("span", { class: "line-before" }, h("bdi", { dir: right ? "rtl" : "ltr" }, line.before)),
        h("span", { class: "line-rest" }, h("mark", {}, line.hit), h("span", { class: "line-after" }, line.after)),
      ),
    ),
  );
}

// The first letter with a direction decides, as dir=auto does for one text alone.
export function isRightToLeft(text) {
  const first = /\p{L}/u.exec(text)?.[0];
  return first !== undefined && /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u.test(first);
}
