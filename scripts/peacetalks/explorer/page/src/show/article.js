// The reader: one article with its mentions, its captions, and what is known of it with the basis of that.

import { bdi, byId, h } from "../dom.js";
import { dateText, headline } from "../labels.js";
import { findHits } from "../query.js";
import { cutRuns, paragraphs, placeMentions } from "../spans.js";
import { stateLink } from "../state.js";
import { showCapture } from "./capture.js";
import { showCopies } from "./copies.js";
import { facts } from "./facts.js";

export async function showArticle(article, context) {
  const { state } = context;
  const reader = byId("reader");
  context.card.hide();
  if (!article) {
    const message = h("p", { class: "empty" }, "No article of this release has the id ", bdi(state.article), ".");
    reader.replaceChildren(h("div", { class: "reader-bar" }, closeButton(context)), message);
    return;
  }
  const body = h("div", { class: "reader-body", id: "reader-body", tabindex: "0", role: "region", "aria-label": "Article" });
  const segments = context.call("segments", article.id);
  reader.replaceChildren(bar(article, context), body);
  if (state.view === "capture") showCapture(body, article, await segments);
  else if (state.view === "copies") await showCopies(body, article, context);
  else await showText(body, article, segments, context);
}

// Where the article stands in the list, and the ways on, for another selection; what is being read stays as it is.
export function showPosition(article, context) {
  byId("reader").querySelector(".reader-bar")?.replaceWith(bar(article, context));
}

// The text is there at once; the lines that a date rests on are in another file.
async function showText(body, article, segments, context) {
  const page = h("div", { class: "article" }, text(article, context), facts(article, null, context));
  body.append(heading(article, context), page);
  page.lastChild.replaceWith(facts(article, await segments, context));
}

function bar(article, context) {
  const { state, position } = context;
  const tabs = [
    ["text", "Article"],
    ["capture", "Capture"],
    ["copies", `Copies (${article.copies.length - 1})`],
  ];
  const step = (by, label, sign, at) =>
    h("button", { type: "button", class: "icon", "aria-label": label, title: label, disabled: at === null, onclick: () => context.step(by) }, sign);
  return h(
    "div",
    { class: "reader-bar" },
    closeButton(context),
    h(
      "nav",
      { class: "tabs", "aria-label": "Views of the article" },
      tabs.map(([view, label]) =>
        stateLink({ view, with: "" }, { class: "tab", "aria-current": state.view === view ? "page" : null }, context, label),
      ),
    ),
    h("span", { class: "position" }, position.at < 0 ? "" : `${(position.at + 1).toLocaleString("en")} of ${position.total.toLocaleString("en")}`),
    step(-1, "Previous article (k)", "↑", position.at > 0 ? 1 : null),
    step(1, "Next article (j)", "↓", position.at + 1 < position.total ? 1 : null),
  );
}

const closeButton = ({ close }) =>
  h("button", { type: "button", class: "icon reader-close", "aria-label": "Close the article (Esc)", title: "Close the article (Esc)", onclick: close }, "←");

export function heading(article, { labels, query }) {
  const title = article.hasText ? article.title : null;
  const origin = article.outlet ? labels.outlet(article.outlet) : "Outlet not known";
  const agency = article.agency && article.agency !== article.outlet ? ` · credits ${labels.agency(article.agency)}` : "";
  const authors = article.authors.length ? ` · ${article.authors.join(", ")}` : "";
  const summary = { ...article, published: article.published ?? null, edtf: article.published_edtf };
  return h(
    "header",
    { class: "heading" },
    h("p", { class: "kicker" }, dateText(summary), " · ", bdi(origin), bdi(agency), bdi(authors)),
    h("h2", { dir: "auto", lang: article.language }, title ? fieldRuns(title, article.mentions, "title", query) : headline({ ...article, title: null })),
    article.conferences.length > 0 &&
      h("ul", { class: "heading-conferences" }, article.conferences.map((id) => h("li", { class: "tag" }, bdi(labels.conference(id))))),
  );
}

function text(article, context) {
  if (!article.hasText) return withoutText(article, context);
  const { text: words, mentions, language } = article;
  const placed = placeMentions(words, mentions, "text");
  const hits = findHits(context.query, words);
  return h(
    "div",
    { class: "text" },
    paragraphs(words).map(([from, to]) => h("p", { dir: "auto", lang: language }, runs(words, placed, hits, context, from, to))),
    article.captions.length > 0 &&
      h("section", { class: "captions", "aria-label": "Captions" }, h("h3", {}, "Captions"), h("ul", {}, article.captions.map((one) => h("li", { dir: "auto", lang: language }, one)))),
  );
}

// What a stand-off edition can show of an article: where its mentions stand and what they are linked to.
function withoutText(article, context) {
  const { labels } = context;
  const where = ({ field, start, end }) => `${field}, ${start}–${end}`;
  return h(
    "div",
    { class: "text" },
    h("p", { class: "notice" }, "This is the stand-off edition: it holds no words of the articles. ", h("code", {}, "peacetalks rehydrate"), " puts them back from captures of your own."),
    h("h3", {}, "Mentions"),
    h(
      "table",
      { class: "plain" },
      h("thead", {}, h("tr", {}, ["Where", "Conference", "Basis", "Stage"].map((name) => h("th", { scope: "col" }, name)))),
      h(
        "tbody",
        {},
        article.mentions.map((one) =>
          h("tr", {}, h("td", {}, where(one)), h("td", {}, link([one], context, labels.conference(one.conference ?? one.series))), h("td", {}, one.basis), h("td", {}, one.stage ?? "–")),
        ),
      ),
    ),
  );
}

function fieldRuns(words, mentions, field, query) {
  return runs(words, placeMentions(words, mentions, field), findHits(query, words), null, 0, words.length);
}

// Without a context, as in a heading, mentions are marked and lead nowhere.
function runs(words, placed, hits, context, from, to) {
  return cutRuns(words, placed, from, to).map(({ start, end, covering }) => {
    const content = cutRuns(words, hits, start, end).map((run) => (run.covering.length ? h("mark", {}, run.text) : run.text));
    if (covering.length === 0) return content;
    const mentions = [...covering].sort((a, b) => a.end - a.start - (b.end - b.start));
    return context ? link(mentions, context, content) : h("span", { class: `mention ${mentions[0].stage ?? "series"}` }, content);
  });
}

// The shortest mention decides where the link leads; the card tells of all that cover the words.
function link(mentions, context, content) {
  const { card } = context;
  const [{ conference, stage }] = mentions;
  let shownByTouch = false;
  const onclick = (event) => {
    if (!shownByTouch && conference) return;
    event.preventDefault();
    show();
  };
  const node = stateLink(conference ? { conference: [conference] } : {}, { class: `mention ${stage ?? "series"}`, onclick }, context, content);
  const show = () => card.show(node, mentions.flatMap((mention) => card.ofMention(mention)));
  node.addEventListener("pointerdown", (event) => (shownByTouch = event.pointerType === "touch" && !card.isOn(node)));
  node.addEventListener("mouseenter", show);
  node.addEventListener("mouseleave", card.leave);
  node.addEventListener("focus", show);
  node.addEventListener("blur", card.hide);
  return node;
}
