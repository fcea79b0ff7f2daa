// Build elements. Text goes in as text nodes and nothing is ever parsed as HTML, so that what an article says stays inert.

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on") && typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// A value of the corpus within a line of ours: its direction and its overrides end with it.
export const bdi = (text, attributes = {}) => h("bdi", attributes, text);

// A link only where the address is one of the web; anything else is shown and leads nowhere.
export function webLink(address) {
  let parsed = null;
  try {
    parsed = new URL(address);
  } catch {
    return bdi(address);
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") return bdi(address);
  return h("a", { href: parsed.href, rel: "noopener noreferrer", target: "_blank" }, bdi(address));
}

export const byId = (id) => document.getElementById(id);

export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

// Replace children and keep the focus on the element that had it, told by its data-key.
export function replaceKeepingFocus(box, ...children) {
  const held = box.contains(document.activeElement) ? document.activeElement : null;
  const { key } = held?.dataset ?? {};
  const [from, to] = held?.tagName === "INPUT" && held.type === "search" ? [held.selectionStart, held.selectionEnd] : [];
  box.replaceChildren(...children);
  if (key === undefined) return;
  const again = [...box.querySelectorAll("[data-key]")].find((node) => node.dataset.key === key);
  again?.focus({ preventScroll: true });
  if (from !== undefined && again) again.setSelectionRange(from, to);
}
