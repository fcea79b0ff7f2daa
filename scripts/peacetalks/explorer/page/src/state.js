// The state of the page is its address: each field stands in the hash, so that every view has a permalink.

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

export const noFilters = Object.freeze({ q: "", from: "", to: "", ...Object.fromEntries(FACETS.map((name) => [name, []])) });

export function toggle(state, facet, key) {
  const chosen = state[facet];
  return { [facet]: chosen.includes(key) ? chosen.filter((value) => value !== key) : [...chosen, key] };
}
