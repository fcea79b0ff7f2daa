// The card of a conference, beside the mention that the pointer or the focus is on.

import { bdi, byId, h } from "../dom.js";
import { countryName, dayRange } from "../labels.js";

const BASES = {
  alias: "by a name of it",
  ordinal: "by its number in the series",
  date: "by its date or place",
  anaphora: "by what the text named before",
  series: "to the series as such",
};
const STAGES = { held: "held by then", "under-way": "under way that day", ahead: "still ahead" };
const GRACE = 200; // milliseconds in which the pointer may move from the mention onto the card

export function makeCard(labels) {
  const box = byId("card");
  let anchor = null;
  let timer = 0;

  function hide() {
    clearTimeout(timer);
    anchor?.removeAttribute("aria-describedby");
    anchor = null;
    box.hidden = true;
  }

  // Below the node, or below all of `under` where the node stands among things to point at.
  function show(node, content, under = node) {
    clearTimeout(timer);
    if (anchor === node) return;
    hide();
    anchor = node;
    node.setAttribute("aria-describedby", "card");
    box.replaceChildren(...content);
    box.hidden = false;
    place(box, node, under);
  }

  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(hide, GRACE);
  };
  box.addEventListener("mouseenter", () => clearTimeout(timer));
  box.addEventListener("mouseleave", leave);
  return {
    show,
    hide,
    leave,
    isOpen: () => !box.hidden,
    isOn: (node) => anchor === node,
    ofConference: (id) => describe(labels, id),
    ofMention: (mention) => [...(mention.conference ? describe(labels, mention.conference) : ofSeries(mention)), ofLink(mention)],
  };
}

function describe(labels, id) {
  const event = labels.events.get(id);
  if (!event) return [h("p", { class: "card-name" }, bdi(id)), h("p", {}, "Not in this release's gazetteer.")];
  const place = [event.venue, event.city, ...(event.other_cities ?? []), event.country && countryName(event.country)];
  const facts = [
    ["When", whenText(event)],
    ["Where", place.filter(Boolean).join(", ")],
    ["Convened by", event.convener],
    ["Status", event.status],
    ["Outcome", event.outcome],
  ];
  return [
    h("p", { class: "card-name" }, bdi(event.name)),
    h("dl", {}, facts.filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, bdi(value))])),
  ];
}

function whenText({ start, end, start_confidence: first, end_confidence: last }) {
  const worst = ["low", "medium"].find((word) => first === word || last === word);
  return dayRange(start, end) + (worst ? ` (${worst} confidence)` : "");
}

function ofSeries({ series }) {
  return [h("p", { class: "card-name" }, bdi(series ?? "no series")), h("p", {}, "The series as such; no single event is meant.")];
}

function ofLink({ basis, stage, score }) {
  const parts = [`Linked ${BASES[basis] ?? basis}`, STAGES[stage] ?? stage, score === null || score === undefined ? null : `score ${score.toFixed(2)}`];
  return h("p", { class: "card-link" }, parts.filter(Boolean).join(" · "));
}

// Below the anchor, or above it where there is no room, and never past an edge of the window.
function place(box, node, under) {
  const around = node.getClientRects()[0] ?? node.getBoundingClientRect();
  const below = under.getBoundingClientRect().bottom + 6;
  const [width, height] = [box.offsetWidth, box.offsetHeight];
  const left = Math.max(8, Math.min(around.left, document.documentElement.clientWidth - width - 8));
  const top = below + height > innerHeight ? Math.max(8, around.top - height - 6) : below;
  box.style.left = `${left}px`;
  box.style.top = `${top}px`;
}
