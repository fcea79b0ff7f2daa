// Export what the filters leave: a table, the ids, or Python that loads it.

import { byId, h, plural } from "../dom.js";
import { dayText } from "../dates.js";
import { FACETS } from "../state.js";

const COLUMNS = ["id", "title", "outlet", "agency", "language", "published", "published_edtf", "conferences", "words", "split", "cluster", "source", "url", "rights"];
const INLINE = 200; // ids that a program names one by one; more are read from a file
const RISKY = /^[\s\u0000-\u001f]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/u;

export function openExport({ state, labels, total, info, call }) {
  const name = `peacetalks-${info.version}`;
  const code = h("pre", { class: "snippet", tabindex: "0", "aria-label": "Python that loads the selection" }, "…");
  const said = h("p", { class: "said", role: "status" });
  const idsReady = call("ids");
  const save = (suffix, kind, make) => async () => {
    download(`${name}-${suffix}`, kind, await make());
    said.textContent = `Saved ${name}-${suffix}.`;
  };
  idsReady.then((ids) => (code.textContent = snippet(ids, { state, labels, info, name })));
  const dialog = byId("export-dialog");
  dialog.replaceChildren(
    h("h2", { id: "export-title" }, "Export the selection"),
    h("p", {}, `All ${plural(total, "article")} that the filters leave, of ${plural(info.count, "article")} in the release; not only those in sight.`),
    h(
      "div",
      { class: "choices" },
      h("button", { type: "button", class: "primary", onclick: save("selection.csv", "text/csv", async () => csv(await call("selection", ["source", "url", "rights"]))) }, "Table (CSV)"),
      h("button", { type: "button", class: "primary", onclick: save("ids.txt", "text/plain", async () => `${(await idsReady).join("\n")}\n`) }, "Article ids"),
      h("button", { type: "button", class: "primary", onclick: save("selection.py", "text/x-python", async () => code.textContent) }, "Python file"),
    ),
    h("h3", {}, "Python"),
    code,
    h("div", { class: "choices" }, h("button", { type: "button", class: "choice-button", onclick: () => copy(code, said) }, "Copy"), h("button", { type: "button", class: "choice-button", onclick: () => dialog.close() }, "Close")),
    said,
  );
  dialog.showModal();
}

// A cell that a spreadsheet would take for a formula starts with an apostrophe; every cell is quoted.
function csvCell(value) {
  const text = String(value ?? "");
  return `"${(RISKY.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}

// With a byte order mark, by which spreadsheets know that it is UTF-8.
function csv(rows) {
  const lines = rows.map((row) => {
    const cells = { ...row, published: row.published === null ? "" : dayText(row.published), published_edtf: row.edtf, conferences: row.conferences.join(" ") };
    return COLUMNS.map((name) => csvCell(cells[name]));
  });
  return `\ufeff${[COLUMNS.map(csvCell), ...lines].map((cells) => cells.join(",")).join("\r\n")}\r\n`;
}

function snippet(ids, { state, labels, info, name }) {
  const inline = ids.length <= INLINE;
  const known = inline
    ? `ids = {\n${ids.map((id) => `    ${JSON.stringify(id)},\n`).join("")}}`
    : `# The ids are those of "Article ids", saved beside this file.\nids = set(open(${JSON.stringify(`${name}-ids.txt`)}).read().split())`;
  return `${[
    "from datasets import concatenate_datasets, load_dataset",
    "",
    `# ${oneLine(`peacetalks ${info.version}, sha256-${info.digest}`)}`,
    `# ${oneLine(`${plural(ids.length, "article")} of ${info.count}: ${filterText(state, labels)}`)}`,
    `release = ${JSON.stringify(`corpus/${info.version}`)}  # the folder of the release`,
    inline && ids.length === 0 ? "ids = set()" : known,
    "splits = load_dataset(release)",
    'articles = concatenate_datasets(list(splits.values())).filter(lambda row: row["id"] in ids)',
  ].join("\n")}\n`;
}

function filterText(state, labels) {
  const facets = FACETS.filter((name) => state[name].length).map((name) => `${name} ${state[name].map((key) => labels.value(name, key)).join(" or ")}`);
  if (state.q) facets.unshift(`text has ${state.q}`);
  if (state.from || state.to) facets.push(`published ${state.from || "…"} to ${state.to || "…"}`);
  return facets.join("; ") || "no filter";
}

// A comment ends with its line: what others wrote must not get onto the next.
const oneLine = (text) => text.replace(/[\s\p{C}\u2028\u2029]+/gu, " ").trim();

function download(name, kind, text) {
  const address = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

async function copy(code, said) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    said.textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(code);
    said.textContent = "The browser does not let the page copy: it is selected, press Ctrl+C.";
  }
}
