// The page: its state is the address, the worker answers, and each part is drawn from the answer.

import { startWorker } from "./client.js";
import { byId, h, plural } from "./dom.js";
import { startKeys } from "./keys.js";
import { makeLabels } from "./labels.js";
import { parseQuery } from "./query.js";
import { showArticle, showPosition } from "./show/article.js";
import { makeCard } from "./show/card.js";
import { openExport } from "./show/export.js";
import { showChips, showFacets } from "./show/facets.js";
import { makeList } from "./show/list.js";
import { articleRow, concordanceLine, rowHeight } from "./show/results.js";
import { onTimelineResize, showTimeline } from "./show/timeline.js";
import { FACETS, formatHash, parseHash } from "./state.js";
import { startTheme } from "./theme.js";

const FILTERS = [...FACETS, "q", "from", "to", "sort", "mode", "kwic"];
const TYPING = 150; // milliseconds after the last letter
const PATIENCE = 200; // milliseconds before the reader says that it waits

async function start() {
  const changeTheme = startTheme();
  if (location.protocol === "file:") {
    fail("A browser does not let a page from a file read the files beside it. Serve the release instead: peacetalks explore FOLDER, or any web server.");
    return;
  }
  const worker = startWorker({ onView: (view) => void show(view), onFailure: fail });
  let state = parseHash(location.hash);
  let [view, position] = [null, { at: -1, total: 0 }];
  let drawn = { key: "", article: null };
  const info = await worker.call("open", new URL("../", document.baseURI).href);
  const labels = makeLabels(info);
  const card = makeCard(labels);
  const query = () => parseQuery(state.q);
  const context = () => ({ state, labels, card, go, call: worker.call, info, position, step, close, query: query() });
  const hrefOf = (id) => formatHash({ ...state, article: id, view: "text", with: "" });
  const list = makeList(byId("list"), {
    heightOf: (width) => rowHeight(width, { lines: isConcordance(), snippets: state.q !== "" }),
    fetch: (from, to) => worker.call(isConcordance() ? "lines" : "rows", from, to),
    render: (row) => {
      const options = { labels, href: hrefOf(row.id), current: row.id === state.article, query: query() };
      return isConcordance() ? concordanceLine(row, options) : articleRow(row, options);
    },
  });
  byId("release").textContent = `${info.version}${info.edition === "standoff" ? " · stand-off edition" : ""} · ${plural(info.count, "article")}`;
  if (!info.hasTexts) byId("search").placeholder = "This edition has no words to search";
  byId("search").disabled = !info.hasTexts;

  const isConcordance = () => state.mode === "concordance" && state.q !== "";

  // Take over a change: `replace` where a step back should skip it, as while typing.
  function go(patch, { replace = false } = {}) {
    const next = formatHash({ ...state, ...patch });
    if (next === formatHash(state)) return;
    history[replace ? "replaceState" : "pushState"](null, "", next);
    apply();
  }

  function apply() {
    const before = state;
    state = parseHash(location.hash);
    card.hide();
    const changed = (names) => names.some((name) => String(before[name]) !== String(state[name]));
    if (document.activeElement !== byId("search")) byId("search").value = state.q;
    document.body.classList.toggle("reading", state.article !== "");
    if (changed(FILTERS)) worker.view(state);
    if (changed(["article"])) void list.refresh();
    if (changed(["article", "view", "with"])) void read();
  }

  async function read() {
    if (!state.article) {
      byId("reader").replaceChildren();
      drawn = { key: "", article: null };
      return;
    }
    const [id, key] = [state.article, readerKey()];
    const same = drawn.article?.id === id;
    const slow = setTimeout(() => byId("reader").replaceChildren(h("p", { class: "empty" }, "Reading the article …")), same ? 10_000 : PATIENCE);
    const [article, at] = await Promise.all([same ? drawn.article : worker.call("article", id), worker.call("place", id)]);
    clearTimeout(slow);
    if (key !== readerKey()) return;
    position = { at, total: view?.total ?? 0 };
    if (drawn.key === key && article) {
      showPosition(article, context());
      return;
    }
    drawn = { key, article };
    if (!same && at >= 0 && !isConcordance()) list.reveal(at);
    await showArticle(article, context());
  }

  // What the reader is drawn from: as long as it is the same, the reader stays where the eye is.
  function readerKey() {
    return JSON.stringify([state.article, state.view, state.with, state.q]);
  }

  async function show(found) {
    view = found;
    card.hide();
    showFacets(view.counts, context());
    showChips(context());
    showToolbar(view, state, isConcordance());
    const listed = isConcordance() ? view.hits : view.total;
    const shown = await list.show(listed, { top: view.progress === 1 && !state.article });
    if (shown < listed) byId("status").textContent = `The list ends after ${shown.toLocaleString("en")}: filter to see the others.`;
    showTimeline(view, context());
    if (state.article && (view.progress === 1 || drawn.key === "")) await read();
    if (!document.body.dataset.painted) requestAnimationFrame(() => setTimeout(markPainted));
    document.body.dataset.ready = String(view.progress === 1);
  }

  async function step(by) {
    const at = state.article ? await worker.call("place", state.article) : by > 0 ? -1 : 0;
    const id = await worker.call("idAt", at < 0 && state.article ? 0 : at + by);
    if (id) go({ article: id, view: "text", with: "" });
  }

  function close() {
    go({ article: "", view: "text", with: "" });
  }

  // What Esc takes back, one thing a press; false where there was nothing.
  function escape() {
    if (card.isOpen()) card.hide();
    else if (document.body.classList.contains("filtering")) toggleFilters(false);
    else if (document.activeElement === byId("search")) byId("search").blur();
    else if (state.article) close();
    else return false;
    return true;
  }

  startControls({ go, read: () => state, openExport: () => openExport({ ...context(), total: view?.total ?? 0 }) });
  startKeys({ step, escape, changeTheme, openHelp: () => byId("help-dialog").showModal() });
  addEventListener("popstate", apply);
  addEventListener("hashchange", apply);
  onTimelineResize(() => view && showTimeline(view, context()));
  byId("search").value = state.q;
  document.body.classList.toggle("reading", state.article !== "");
  worker.view(state);
}

function startControls({ go, read, openExport: exportSelection }) {
  byId("search").addEventListener("input", debounce(() => go({ q: byId("search").value }, { replace: true }), TYPING));
  byId("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    go({ q: byId("search").value }, { replace: true });
  });
  byId("mode").addEventListener("click", () => go({ mode: read().mode === "articles" ? "concordance" : "articles" }));
  byId("sort").addEventListener("change", (event) => go({ [read().mode === "concordance" && read().q ? "kwic" : "sort"]: event.target.value }));
  byId("export").addEventListener("click", exportSelection);
  byId("help").addEventListener("click", () => byId("help-dialog").showModal());
  byId("help-close").addEventListener("click", () => byId("help-dialog").close());
  byId("filters").addEventListener("click", () => toggleFilters());
  byId("facets-close").addEventListener("click", () => toggleFilters(false));
}

function showToolbar(view, state, concordance) {
  const counted = concordance ? `${plural(view.hits, "line")} in ${plural(view.total, "article")}` : plural(view.total, "article");
  byId("count").textContent = counted;
  byId("mode").setAttribute("aria-pressed", String(state.mode === "concordance"));
  byId("mode").disabled = !state.q;
  const choices = concordance
    ? [["text", "in order"], ["before", "by the word before"], ["after", "by the word after"]]
    : [["newest", "newest first"], ["oldest", "oldest first"], ...(state.q ? [["hits", "most hits first"]] : [])];
  byId("sort").replaceChildren(...choices.map(([value, label]) => new Option(label, value, false, value === (concordance ? state.kwic : state.sort))));
  byId("status").textContent = statusText(view);
  byId("nothing").hidden = view.total > 0 || view.progress < 1;
}

function statusText({ progress, titlesOnly, more, hits }) {
  if (titlesOnly) return "Only titles are searched: the texts of this release are too many to keep in a browser.";
  if (progress < 1) return `Searching the texts, ${Math.floor(progress * 100)} %`;
  return more ? `The concordance ends after ${hits.toLocaleString("en")} lines: filter to see the others.` : "";
}

function toggleFilters(open) {
  const now = document.body.classList.toggle("filtering", open);
  byId("filters").setAttribute("aria-expanded", String(now));
  if (now) byId("facets-close").focus();
  else byId("filters").focus();
}

// What the benchmark reads: list and timeline are on the screen.
function markPainted() {
  performance.mark("painted");
  document.body.dataset.painted = "true";
}

function debounce(action, wait) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, wait);
  };
}

function fail(message) {
  byId("failure").hidden = false;
  byId("failure-text").textContent = message;
  document.body.dataset.ready = "failed";
}

// What a read that failed leaves behind: it is said, and what is shown stays.
addEventListener("unhandledrejection", ({ reason }) => fail(`The release could not be read: ${reason?.message ?? reason}`));

start().catch((error) => fail(`The release could not be read: ${error.message}`));
