// What is known of an article, and what each piece of it rests on.

import { bdi, h, webLink } from "../dom.js";
import { countryName, languageName, longDay } from "../labels.js";

const DATE_BASES = {
  explicit: "stated on the page",
  dateline: "from the dateline",
  inferred: "inferred from what the text says",
  none: "nothing on the page fixes it",
};

export function facts(article, segments, { labels }) {
  const rows = [
    ["Published", published(article), dateBasis(article, segments)],
    ["Outlet", article.outlet && bdi(labels.outlet(article.outlet)), seat(labels, article.outlet)],
    ["Agency", article.agency && bdi(labels.agency(article.agency)), seat(labels, article.agency)],
    ["Authors", article.authors.length > 0 && article.authors.map((name, n) => [n ? ", " : "", bdi(name)]), null],
    ["Dateline", dateline(article), null],
    ["Language", languageName(article.language), null],
    ["Words", article.words.toLocaleString("en"), null],
    ["Rights", article.rights && bdi(article.rights), "the outlet's terms"],
    ["Annotation", article.annotation, article.annotation === "gold" ? "read by a person under the guideline" : "made by the program"],
    ["Split", article.split, null],
    ["Address", article.url && webLink(article.url), null],
    ["Capture", bdi(article.source, { class: "code" }), null],
    ["Id", h("code", {}, article.id), null],
    ["Cluster", h("code", {}, article.cluster), `${article.copies.length} in it`],
  ];
  return h(
    "aside",
    { class: "facts", "aria-label": "What is known of the article" },
    h("h3", {}, "What is known"),
    h("dl", {}, rows.map(([name, value, basis]) => [h("dt", {}, name), h("dd", {}, value || h("span", { class: "unknown" }, "not known"), (value || name === "Published") && basis && h("span", { class: "basis" }, basis))])),
  );
}

function published({ published: day, published_edtf: edtf }) {
  if (day !== null && day !== undefined) return longDay(day);
  return edtf ? edtf.replace("/", " to ") : null;
}

// The lines of the page that give the date, where they are at hand.
function dateBasis({ published_basis: basis, published_evidence: evidence }, segments) {
  const lines = (evidence ?? []).map((n) => segments?.find((segment) => segment.n === n)).filter(Boolean);
  return [
    DATE_BASES[basis] ?? basis,
    lines.map(({ n, clean }) => h("span", { class: "evidence", dir: "auto" }, clean === undefined ? `segment ${n}` : shorten(clean))),
  ];
}

function seat(labels, id) {
  const found = id && labels.seat(id);
  if (!found) return null;
  return [found.kind, found.country && countryName(found.country)].filter(Boolean).join(", ");
}

function dateline({ dateline: place, hasText }) {
  if (hasText) return place && bdi(place);
  return place?.length ? place.map((span) => `segment ${span.segment}, ${span.start}–${span.end}`).join("; ") : null;
}

const shorten = (text) => (text.length > 160 ? `${[...text].slice(0, 150).join("")}…` : text);
