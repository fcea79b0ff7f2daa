// The capture, line by line: what was kept, what was removed, and why.

import { h, plural } from "../dom.js";

const MEANINGS = {
  title: "the headline, kept as the title",
  body: "a sentence of the report, kept in the text",
  caption: "a picture's caption or credit, kept apart",
  meta: "date, byline or credit, read for the metadata",
  chrome: "the site's furniture, removed",
  blank: "an empty line",
};
const REASONS = {
  gold: "an annotator",
  model: "the model",
  recurring: "a line that the outlet repeats",
};
const VIEWS = [
  ["all", "All lines", () => true],
  ["kept", "Kept", ({ label }) => label !== "chrome" && label !== "blank"],
  ["removed", "Removed", ({ label }) => label === "chrome"],
];

export function showCapture(body, article, segments) {
  const table = h("ol", { class: "segments" });
  const buttons = VIEWS.map(([name, label, wanted]) =>
    h("button", { type: "button", class: "choice-button", "aria-pressed": String(name === "all"), onclick: (event) => draw(event.currentTarget, wanted) }, `${label} (${segments.filter((one) => one.label !== "blank" && wanted(one)).length})`),
  );
  function draw(button, wanted) {
    for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
    table.replaceChildren(...segments.filter(wanted).map((one) => line(one, article.language)));
  }
  draw(buttons[0], VIEWS[0][2]);
  body.append(
    h(
      "header",
      { class: "heading" },
      h("p", { class: "kicker" }, h("bdi", {}, article.source)),
      h("h2", {}, "The capture, line by line"),
      h("p", { class: "lead" }, `${plural(segments.length, "segment")} tile it exactly: nothing was deleted, each line has a label and a reason.`),
      !article.hasText && h("p", { class: "notice" }, "This is the stand-off edition: it tells where each line stands, and not what it says."),
    ),
    h("div", { class: "choices", role: "group", "aria-label": "Lines to show" }, buttons),
    table,
  );
}

function line(segment, language) {
  const { n, label, reason, score } = segment;
  const why = label === "blank" ? "" : `${REASONS[reason] ?? reason}${score < 1 ? `, ${score.toFixed(2)}` : ""}`;
  return h(
    "li",
    { class: `segment ${label}` },
    h("span", { class: "segment-n" }, String(n)),
    h("span", { class: `label ${label}`, title: MEANINGS[label] }, label),
    h("div", { class: "segment-text", dir: "auto", lang: language }, words(segment)),
    h("span", { class: "why", title: "What gave the label" }, h("bdi", {}, why)),
  );
}

// Where the encoding was repaired, the line as it was captured stands below it.
function words({ raw, clean, start, end, clean_length: length }) {
  if (raw === undefined) return h("span", { class: "unknown" }, `characters ${start}–${end}, ${plural(length, "character")} when repaired`);
  const repaired = raw.trim() !== clean && clean !== "";
  return [visible(clean || raw.trim()), repaired && h("span", { class: "captured" }, "as captured: ", visible(raw.trim()))];
}

// Controls that steer a text without being seen are shown by their code points.
function visible(text) {
  return text.split(/([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff])/u).map((piece, n) =>
    n % 2 ? h("span", { class: "control" }, `U+${piece.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`) : piece,
  );
}
