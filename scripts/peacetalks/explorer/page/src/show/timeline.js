// Articles a month as bars, and the conferences that they speak of as marks at their dates.

import { axisX, axisY, dot, plot, rectY, ruleX, ruleY, text } from "@observablehq/plot";
import { byId, plural } from "../dom.js";
import { monthStart, monthText } from "../dates.js";
import { toggle } from "../state.js";

const LANES = 3;
const LANE = 16;
const SIDES = { marginLeft: 30, marginRight: 16 };
const LETTER = 6.2; // width of one, in the labels' type
const DAY = 86_400_000;
const MONTH = 31 * DAY;
const THINNEST = 4; // pixels of a bar
const MANY = 40; // conferences; with more of them, a line for each would hide the bars

let drawnWidth = 0;

// Call when the room for the drawing has changed its width.
export function onTimelineResize(redraw) {
  const box = byId("timeline-plot");
  new ResizeObserver(() => box.clientWidth !== drawnWidth && box.clientWidth > 0 && redraw()).observe(box);
}

export function showTimeline(view, { state, labels, go, card }) {
  const box = byId("timeline-plot");
  const events = view.counts.conference
    .filter(([id, count]) => count && labels.events.has(id))
    .map(([id, count]) => ({ id, count, event: labels.events.get(id), date: new Date(labels.events.get(id).start * DAY) }));
  const dates = [...view.months.map(([month]) => monthStart(month)), ...events.map(({ date }) => date)];
  byId("timeline").hidden = dates.length === 0;
  if (dates.length === 0) return;
  drawnWidth = box.clientWidth;
  const width = Math.max(280, drawnWidth);
  const domain = [new Date(Math.min(...dates) - MONTH), new Date(Math.max(...dates) + 2 * MONTH)];
  const bars = makeBars(view.months, (width - SIDES.marginLeft - SIDES.marginRight) / ((domain[1] - domain[0]) / MONTH));
  const labelled = placeLabels(events, domain, width);
  const figure = draw(bars, events, labelled, { width, domain });
  describe(figure, bars, events);
  listen(figure, bars, events, { state, go, card });
  box.replaceChildren(figure);
}

// A bar a month; a quarter or a year where months would be too thin to see. `room` is the width of a month in pixels.
function makeBars(months, room) {
  const unit = [1, 3, 12].find((count) => count * room >= THINNEST) ?? 12;
  const bars = new Map();
  for (const [month, count] of months) {
    const first = month - (month % unit);
    const bar = bars.get(first) ?? { first, last: first + unit - 1, start: monthStart(first), end: monthStart(first + unit), count: 0 };
    bars.set(first, { ...bar, count: bar.count + count });
  }
  return [...bars.values()];
}

function draw(bars, events, labelled, { width, domain }) {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const lanes = Math.max(0, ...labelled.map(({ lane }) => lane + 1));
  return plot({
    className: "plot",
    width,
    height: 104 + lanes * LANE,
    ...SIDES,
    marginTop: lanes * LANE + 12,
    marginBottom: 32,
    x: { type: "utc", domain },
    y: { domain: [0, most], nice: true },
    marks: [
      axisX({ tickSize: 0, color: "currentColor" }),
      axisY({ ticks: Math.min(3, most), tickSize: 0, tickFormat: "d", label: null, color: "currentColor" }),
      ruleX(events.length > MANY ? [] : events, { x: "date", className: "event-rule" }),
      ...byLane(labelled, lanes, (own, lane) => ruleX(own, { x: "date", insetTop: -(lane + 1) * LANE, className: "event-pole" })),
      rectY(bars, { x1: "start", x2: "end", y: "count", inset: 0.5, rx: 1.5, className: "bar" }),
      ruleY([0], { className: "base" }),
      dot(events, { x: "date", frameAnchor: "top", r: 3.5, className: "event" }),
      ...byLane(labelled, lanes, (own, lane) => labels(own.filter(({ left }) => !left), lane, "start", 4)),
      ...byLane(labelled, lanes, (own, lane) => labels(own.filter(({ left }) => left), lane, "end", -4)),
    ],
  });
}

const byLane = (labelled, lanes, draw) =>
  Array.from({ length: lanes }, (_, lane) => draw(labelled.filter((one) => one.lane === lane), lane));

const labels = (own, lane, textAnchor, dx) =>
  text(own, { x: "date", text: "label", frameAnchor: "top", lineAnchor: "top", textAnchor, dx, dy: -(lane + 1) * LANE - 1, className: "event-label" });

// The conferences most spoken of get a label, like a flag on a pole, where a lane has room; the others keep their mark.
function placeLabels(events, [first, last], width) {
  const scale = (width - SIDES.marginLeft - SIDES.marginRight) / (last - first);
  const taken = Array.from({ length: LANES }, () => []);
  const placed = [];
  for (const one of [...events].sort((a, b) => b.count - a.count)) {
    const label = shorten(one.event.name);
    const at = SIDES.marginLeft + (one.date - first) * scale;
    const wide = label.length * LETTER + 12;
    const left = at + wide > width;
    const [start, end] = left ? [at - wide, at + 4] : [at - 4, at + wide];
    const lane = taken.findIndex((spans) => spans.every(([from, to]) => end < from || start > to));
    if (lane < 0 || start < 0) continue;
    // Its pole stands in every lower lane as well.
    for (let below = 0; below < lane; below++) taken[below].push([at - 3, at + 3]);
    taken[lane].push([start, end]);
    placed.push({ ...one, label, lane, left });
  }
  return placed;
}

const shorten = (name) => (name.length > 30 ? `${name.slice(0, 28).trimEnd()}…` : name);

function describe(figure, bars, events) {
  const count = bars.reduce((sum, bar) => sum + bar.count, 0);
  const span = bars.length ? ` from ${monthText(bars[0].first)} to ${monthText(bars.at(-1).last)}` : "";
  // It is one picture to those who hear it: its parts have no names of their own.
  for (const part of figure.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  figure.setAttribute("role", "img");
  figure.setAttribute("aria-label", `Timeline: ${plural(count, "article")}${span}, ${plural(events.length, "conference")} marked`);
}

function listen(figure, bars, events, { state, go, card }) {
  const tip = byId("timeline-tip");
  const tell = (words) => () => tip.replaceChildren(words);
  marksOf(figure, "bar", "rect").forEach(([node, bar]) => {
    const one = bars[bar];
    const [from, to] = [monthText(one.first), monthText(one.last)];
    const only = state.from === from && state.to === to;
    const when = from === to ? from : `${from} to ${to}`;
    node.addEventListener("mouseenter", tell(`${when}: ${plural(one.count, "article")}`));
    node.addEventListener("mouseleave", tell(""));
    node.addEventListener("click", () => go(only ? { from: "", to: "" } : { from, to }));
  });
  marksOf(figure, "event", "circle").forEach(([node, event]) => {
    const { id } = events[event];
    if (state.conference.includes(id)) node.classList.add("chosen");
    node.addEventListener("mouseenter", () => card.show(node, card.ofConference(id), byId("timeline")));
    node.addEventListener("mouseleave", () => card.leave());
    node.addEventListener("click", () => go(toggle(state, "conference", id)));
  });
  tip.replaceChildren();
}

// The elements of one mark with the number of the datum that each draws.
function marksOf(figure, name, tag) {
  return [...figure.querySelectorAll(`g.${name} ${tag}, g.${name}${tag}`)].map((node) => [node, node.__data__]);
}
