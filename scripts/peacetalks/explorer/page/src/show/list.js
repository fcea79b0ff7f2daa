// A list of any length: only the rows in sight are in the document.

import { replaceKeepingFocus, h } from "../dom.js";

const SPARE = 8; // rows drawn beyond what is in sight
const TALLEST = 30_000_000; // pixels; browsers lay out nothing below

export function makeList(box, { fetch, render, heightOf }) {
  const rows = h("ol", { class: "rows" });
  box.append(rows);
  let [length, total, height, serial, shown] = [0, 0, 80, 0, ""];

  async function draw() {
    if (heightOf(box.clientWidth) !== height) measure();
    const from = Math.max(0, Math.floor(box.scrollTop / height) - SPARE);
    const to = Math.min(total, Math.ceil((box.scrollTop + box.clientHeight) / height) + SPARE);
    const wanted = `${from}-${to}`;
    if (wanted === shown) return;
    shown = wanted;
    serial += 1;
    const own = serial;
    const found = to > from ? await fetch(from, to) : [];
    if (own !== serial) return;
    const items = found.map((row, n) => {
      const item = render(row, from + n);
      item.setAttribute("aria-setsize", total);
      item.setAttribute("aria-posinset", from + n + 1);
      item.style.transform = `translateY(${(from + n) * height}px)`;
      item.style.height = `${height}px`;
      return item;
    });
    replaceKeepingFocus(rows, ...items);
  }

  // Rows change their height with the width: what was at the top stays there.
  function measure() {
    const at = box.scrollTop / height;
    height = heightOf(box.clientWidth);
    total = Math.min(length, Math.floor(TALLEST / height));
    rows.style.height = `${total * height}px`;
    box.scrollTop = at * height;
    shown = "";
  }

  let due = false;
  const onScroll = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      void draw();
    });
  };
  box.addEventListener("scroll", onScroll, { passive: true });
  new ResizeObserver(onScroll).observe(box);

  return {
    async show(count, { top = false } = {}) {
      length = count;
      measure();
      if (top) box.scrollTop = 0;
      await draw();
      return total;
    },
    reveal(at) {
      const [top, bottom] = [at * height, (at + 1) * height];
      const [first, last] = [box.scrollTop, box.scrollTop + box.clientHeight];
      const far = bottom < first - box.clientHeight || top > last + box.clientHeight;
      if (far) box.scrollTop = (top + bottom - box.clientHeight) / 2;
      else if (top < first) box.scrollTop = top;
      else if (bottom > last) box.scrollTop = bottom - box.clientHeight;
    },
    refresh() {
      shown = "";
      return draw();
    },
  };
}
