// Days as numbers since 1970-01-01, months as numbers since year 0, and what an EDTF date tells of both.

const DAY = 86_400_000;
const EDTF = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?/;

export const dayText = (day) => new Date(day * DAY).toISOString().slice(0, 10);

export const monthText = (month) => `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`;

export const monthStart = (month) => new Date(Date.UTC(Math.floor(month / 12), month % 12, 1));

export function parseMonth(text) {
  const match = /^(\d{4})-(\d\d)$/.exec(text ?? "");
  return match ? match[1] * 12 + (match[2] - 1) : null;
}

// {day, month, year}: day for sorting, the others null where the date does not fix them.
export function placeInTime(published, edtf) {
  if (published !== null && published !== undefined) return split(published);
  if (!edtf) return { day: null, month: null, year: null };
  const [first, last] = edtf.includes("/") ? edtf.split("/") : [edtf, edtf];
  const [start, end] = [EDTF.exec(first), EDTF.exec(last)];
  const known = start ?? end;
  if (!known) return { day: null, month: null, year: null };
  const day = Date.UTC(known[1], (known[2] ?? 1) - 1, known[3] ?? 1) / DAY;
  const sameYear = start && end && start[1] === end[1];
  const sameMonth = sameYear && start[2] && start[2] === end[2];
  return { day, month: sameMonth ? start[1] * 12 + (start[2] - 1) : null, year: sameYear ? start[1] : null };
}

function split(day) {
  const date = new Date(day * DAY);
  const year = date.getUTCFullYear();
  return { day, month: year * 12 + date.getUTCMonth(), year: String(year) };
}
