// The filters: each facet with its values and how many articles each of them would leave.

import { bdi, byId, h, replaceKeepingFocus } from "../dom.js";
import { FACETS, toggle } from "../state.js";

const FEW = 7;
const NAMES = { outlet: "Outlet", agency: "Agency", conference: "Conference", language: "Language", year: "Year", split: "Split" };
const opened = new Set();
const sought = new Map();

export function showFacets(counts, { state, labels, go }) {
  const again = () => showFacets(counts, { state, labels, go });
  const groups = FACETS.map((name) => facet(name, counts[name], { state, labels, go, again }));
  replaceKeepingFocus(byId("facets-body"), ...groups, period(state, go));
}

function facet(name, values, { state, labels, go, again }) {
  const most = Math.max(1, ...values.map(([, count]) => count));
  const wanted = (sought.get(name) ?? "").toLowerCase();
  const labelled = values.map(([key, count]) => ({ key, count, label: labels.value(name, key), chosen: state[name].includes(key) }));
  const found = wanted ? labelled.filter(({ label }) => label.toLowerCase().includes(wanted)) : labelled;
  const all = opened.has(name) || wanted;
  const shown = all ? found.slice(0, 500) : found.filter(({ chosen }, n) => n < FEW || chosen);
  return h(
    "fieldset",
    { class: "facet" },
    h("legend", {}, NAMES[name], h("span", { class: "facet-size" }, String(values.length))),
    opened.has(name) && values.length > FEW && finder(name, again),
    h("ul", { class: "facet-values" }, shown.map((value) => choice(name, value, most, () => go(toggle(state, name, value.key))))),
    values.length > FEW &&
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          "data-key": `more/${name}`,
          "aria-expanded": String(opened.has(name)),
          onclick: () => {
            if (!opened.delete(name)) opened.add(name);
            sought.delete(name);
            again();
          },
        },
        opened.has(name) ? "Show fewer" : `Show all ${values.length}`,
      ),
  );
}

function choice(name, { key, count, label, chosen }, most, onchange) {
  const bar = h("span", { class: "facet-bar" });
  bar.style.inlineSize = `${(100 * count) / most}%`;
  return h(
    "li",
    {},
    h(
      "label",
      { class: chosen ? "choice chosen" : "choice", title: label },
      bar,
      h("input", { type: "checkbox", checked: chosen, onchange, "data-key": `${name}/${key}` }),
      bdi(label, { class: "choice-name" }),
      h("span", { class: "choice-count" }, count.toLocaleString("en")),
    ),
  );
}

function finder(name, again) {
  return h("input", {
    type: "search",
    class: "facet-find",
    "aria-label": `Find in ${NAMES[name].toLowerCase()}`,
    placeholder: "find …",
    value: sought.get(name) ?? "",
    "data-key": `find/${name}`,
    oninput: (event) => {
      sought.set(name, event.target.value);
      again();
    },
  });
}

function period(state, go) {
  const field = (name, label) =>
    h(
      "label",
      { class: "month" },
      h("span", {}, label),
      h("input", { type: "month", value: state[name], "data-key": `month/${name}`, onchange: (event) => go({ [name]: event.target.value }) }),
    );
  return h("fieldset", { class: "facet" }, h("legend", {}, "Period"), h("div", { class: "months" }, field("from", "from"), field("to", "to")));
}

// What is filtered by, each with a way to take it off.
export function showChips({ state, labels, go }) {
  const chips = FACETS.flatMap((name) =>
    state[name].map((key) => ({ text: labels.value(name, key), patch: toggle(state, name, key) })),
  );
  if (state.from || state.to) {
    const text = state.from === state.to ? state.from : `${state.from || "…"} to ${state.to || "…"}`;
    chips.push({ text, patch: { from: "", to: "" } });
  }
  if (state.q) chips.unshift({ text: `“${state.q}”`, patch: { q: "" } });
  const buttons = chips.map(({ text, patch }) =>
    h("button", { type: "button", class: "chip", "aria-label": `Remove filter ${text}`, onclick: () => go(patch) }, bdi(text), h("span", { "aria-hidden": "true" }, "×")),
  );
  const all = Object.assign({}, ...FACETS.map((name) => ({ [name]: [] })), { from: "", to: "", q: "" });
  if (chips.length > 1) buttons.push(h("button", { type: "button", class: "quiet", onclick: () => go(all) }, "Clear all"));
  byId("chips").replaceChildren(...buttons);
  byId("filters").textContent = chips.length ? `Filters · ${chips.length}` : "Filters";
}
