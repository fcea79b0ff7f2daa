// Articles a month as bars, and the conferences that they speak of as marks at their dates.

import { axisX, axisY, dot, plot, rectY, ruleX, ruleY, text } from "@observablehq/plot";
import { byId, plural } from "../dom.js";
import { monthStart, monthText } from "../dates.js";
import { toggle } from "../state.js";

const LANES = 3;
const LANE = 15;
const SIDES = { marginLeft: 34, marginRight: 14 };
const LETTER = 6.1; // width of one, in the labels' type
const DAY = 86_400_000;
const MONTH = 31 * DAY;

export function showTimeline(view, { state, labels, go, card }) {
  const box = byId("timeline-plot");
  const bars = view.months.map(([month, count]) => ({ month, date: monthStart(month), count }));
  const events = view.counts.conference
    .filter(([id, count]) => count && labels.events.has(id))
    .map(([id, count]) => ({ id, count, event: labels.events.get(id), date: new Date(labels.events.get(id).start * DAY) }));
  const dates = [...bars.map(({ date }) => date), ...events.map(({ date }) => date)];
  byId("timeline").hidden = dates.length === 0;
  if (dates.length === 0) return;
  const width = Math.max(280, box.clientWidth);
  const domain = [new Date(Math.min(...dates) - MONTH), new Date(Math.max(...dates) + 2 * MONTH)];
  const labelled = placeLabels(events, domain, width);
  const figure = draw(bars, events, labelled, { width, domain });
  describe(figure, bars, events);
  listen(figure, bars, events, { state, go, card });
  box.replaceChildren(figure);
}

function draw(bars, events, labelled, { width, domain }) {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const lanes = Math.max(0, ...labelled.map(({ lane }) => lane + 1));
  return plot({
    className: "plot",
    width,
    height: 112 + lanes * LANE,
    ...SIDES,
    marginTop: lanes * LANE + 16,
    marginBottom: 22,
    x: { type: "utc", domain },
    y: { domain: [0, most], nice: true },
    marks: [
      axisX({ tickSize: 0, color: "currentColor" }),
      axisY({ ticks: Math.min(3, most), tickSize: 0, tickFormat: "d", label: null, color: "currentColor" }),
      ruleX(events, { x: "date", className: "event-rule" }),
      rectY(bars, { x: "date", interval: "month", y: "count", inset: 0.5, rx: 1.5, className: "bar" }),
      ruleY([0], { className: "base" }),
      dot(events, { x: "date", frameAnchor: "top", dy: -4, r: 3.5, className: "event" }),
      ...Array.from({ length: lanes }, (_, lane) =>
        text(labelled.filter((one) => one.lane === lane), {
          x: "date", text: "label", frameAnchor: "top", textAnchor: "middle", dy: -15 - lane * LANE, className: "event-label",
        }),
      ),
    ],
  });
}

// The conferences most spoken of get a label where there is room for it on one of the lanes; the others keep their mark.
function placeLabels(events, [first, last], width) {
  const scale = (width - SIDES.marginLeft - SIDES.marginRight) / (last - first);
  const taken = Array.from({ length: LANES }, () => []);
  const placed = [];
  for (const one of [...events].sort((a, b) => b.count - a.count)) {
    const label = shorten(one.event.name);
    const middle = SIDES.marginLeft + (one.date - first) * scale;
    const half = (label.length * LETTER) / 2 + 4;
    if (middle - half < 0 || middle + half > width) continue;
    const lane = taken.findIndex((spans) => spans.every(([from, to]) => middle + half < from || middle - half > to));
    if (lane < 0) continue;
    taken[lane].push([middle - half, middle + half]);
    placed.push({ ...one, label, lane });
  }
  return placed;
}

const shorten = (name) => (name.length > 30 ? `${name.slice(0, 28).trimEnd()}…` : name);

function describe(figure, bars, events) {
  const count = bars.reduce((sum, bar) => sum + bar.count, 0);
  const span = bars.length ? ` from ${monthText(bars[0].month)} to ${monthText(bars.at(-1).month)}` : "";
  figure.setAttribute("role", "img");
  figure.setAttribute("aria-label", `Timeline: ${plural(count, "article")}${span}, ${plural(events.length, "conference")} marked`);
}

function listen(figure, bars, events, { state, go, card }) {
  const tip = byId("timeline-tip");
  const tell = (words) => () => tip.replaceChildren(words);
  marksOf(figure, "bar", "rect").forEach(([node, bar]) => {
    const one = bars[bar];
    const month = monthText(one.month);
    const only = state.from === month && state.to === month;
    node.addEventListener("mouseenter", tell(`${month}: ${plural(one.count, "article")}`));
    node.addEventListener("mouseleave", tell(""));
    node.addEventListener("click", () => go(only ? { from: "", to: "" } : { from: month, to: month }));
  });
  marksOf(figure, "event", "circle").forEach(([node, event]) => {
    const { id } = events[event];
    if (state.conference.includes(id)) node.classList.add("chosen");
    node.addEventListener("mouseenter", () => card.show(node, card.ofConference(id)));
    node.addEventListener("mouseleave", () => card.leave());
    node.addEventListener("click", () => go(toggle(state, "conference", id)));
  });
  tip.replaceChildren();
}

// The elements of one mark with the number of the datum that each draws.
function marksOf(figure, name, tag) {
  return [...figure.querySelectorAll(`g.${name} ${tag}, g.${name}${tag}`)].map((node) => [node, node.__data__]);
}
