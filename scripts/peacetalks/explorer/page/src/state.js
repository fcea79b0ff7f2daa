// The state of the page is its address: each field stands in the hash, so that every view has a permalink.

import { h } from "./dom.js";

export const FACETS = ["outlet", "agency", "conference", "language", "year", "split"];
const SINGLE = { q: "", from: "", to: "", sort: "newest", mode: "articles", kwic: "text", article: "", view: "text", with: "" };
const CHOICES = {
  sort: ["newest", "oldest", "hits"],
  mode: ["articles", "concordance"],
  kwic: ["text", "before", "after"],
  view: ["text", "capture", "copies"],
};

export function parseHash(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const state = Object.fromEntries(Object.entries(SINGLE).map(([name, value]) => [name, given.get(name) ?? value]));
  for (const [name, allowed] of Object.entries(CHOICES)) if (!allowed.includes(state[name])) state[name] = SINGLE[name];
  // A value that is not known stands for nothing in `given`: an empty one means "not known".
  for (const name of FACETS) state[name] = given.getAll(name);
  return state;
}

export function formatHash(state) {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(SINGLE)) if (state[name] !== value) given.set(name, state[name]);
  for (const name of FACETS) for (const value of state[name]) given.append(name, value);
  const text = given.toString();
  return text ? `#${text}` : "#";
}

// A link to a state: it can be copied and opened elsewhere, and followed here it changes what the page shows by then.
export function stateLink(patch, attributes, { state, go }, ...children) {
  const follow = (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(patch);
  };
  const node = h("a", { href: formatHash({ ...state, ...patch }), ...attributes }, ...children);
  node.addEventListener("click", follow);
  return node;
}

export function toggle(state, facet, key) {
  const chosen = state[facet];
  return { [facet]: chosen.includes(key) ? chosen.filter((value) => value !== key) : [...chosen, key] };
}
