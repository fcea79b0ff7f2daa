// Near-duplicates side by side, with the words that only one of the two has.

import { diffArrays } from "diff";
import { bdi, h } from "../dom.js";
import { dateText, headline } from "../labels.js";
import { stateLink } from "../state.js";

const PATIENCE = 2_000; // milliseconds

export async function showCopies(body, article, context) {
  const others = article.copies.filter(({ id }) => id !== article.id);
  const intro = h("header", { class: "heading" }, h("p", { class: "kicker" }, "Cluster ", h("code", {}, article.cluster)), h("h2", {}, "Near-duplicates"));
  body.append(intro);
  if (others.length === 0) {
    body.append(h("p", { class: "empty" }, "No other article of this release is a near-duplicate of this one."));
    return;
  }
  const chosen = others.find(({ id }) => id === context.state.with) ?? others[0];
  intro.append(h("p", { class: "lead" }, "All articles of a cluster are in the same split. Marked is what only one of the two says."));
  if (others.length > 1) body.append(picker(others, chosen, context));
  if (!article.hasText) {
    body.append(h("p", { class: "notice" }, "This is the stand-off edition: there are no words to compare."), columns(article, null, chosen, context));
    return;
  }
  const other = await context.call("article", chosen.id);
  body.append(columns(article, other, chosen, context));
}

function picker(others, chosen, context) {
  const { labels } = context;
  return h(
    "nav",
    { class: "choices", "aria-label": "Copy to compare with" },
    others.map((one) =>
      stateLink({ with: one.id }, { class: "choice-button", "aria-current": one.id === chosen.id ? "true" : null }, context, bdi(one.outlet ? labels.outlet(one.outlet) : "outlet not known"), ` · ${dateText(one)}`),
    ),
  );
}

function columns(article, other, chosen, context) {
  const changes = other && compare(article, other);
  const own = article.copies.find(({ id }) => id === article.id);
  return h(
    "div",
    { class: "copies" },
    other && !changes && h("p", { class: "notice" }, "These two differ too much for their words to be compared in time."),
    column(own, article, changes, "removed", "del", context),
    column(chosen, other, changes, "added", "ins", context),
  );
}

function column(summary, article, changes, side, tag, context) {
  const { labels } = context;
  const origin = summary.outlet ? labels.outlet(summary.outlet) : "outlet not known";
  const other = side === "removed" ? "added" : "removed";
  const pieces = changes?.filter((change) => !change[other]) ?? [];
  return h(
    "article",
    { class: "copy" },
    h("p", { class: "kicker" }, dateText(summary), " · ", bdi(origin)),
    h("h3", { dir: "auto", lang: summary.language }, stateLink({ article: summary.id, view: "text", with: "" }, {}, context, headline(summary))),
    article &&
      h(
        "div",
        { class: "copy-text", dir: "auto", lang: summary.language },
        changes ? pieces.map((change) => (change[side] ? h(tag, {}, change.value.join("")) : change.value.join(""))) : article.text,
      ),
  );
}

// By words and the white space between them; null where it would take too long.
function compare(one, other) {
  const words = (text) => text.split(/(\s+)/u).filter(Boolean);
  return diffArrays(words(one.text), words(other.text), { timeout: PATIENCE }) ?? null;
}
