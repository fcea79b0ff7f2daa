// Names for ids, and dates and languages in words.

const DAY = 86_400_000;
const LONG = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const LANGUAGES = new Intl.DisplayNames(["en"], { type: "language" });
const COUNTRIES = new Intl.DisplayNames(["en"], { type: "region" });
const UNKNOWN = { outlet: "outlet not known", agency: "no agency credited", conference: "no single conference", year: "year not known" };

export function makeLabels({ conferences, outlets }) {
  const events = new Map(conferences.map((row) => [row.id, row]));
  const seats = new Map(outlets.map((row) => [`${row.role}/${row.id}`, row]));
  const seat = (id) => seats.get(`outlet/${id}`) ?? seats.get(`agency/${id}`);
  const outlet = (id) => seat(id)?.name ?? id;
  const agency = (id) => (seats.get(`agency/${id}`) ?? seats.get(`outlet/${id}`))?.name ?? id;
  const conference = (id) => events.get(id)?.name ?? id;
  const named = { outlet, agency, conference, language: languageName };
  const value = (facet, key) => (key === "" ? (UNKNOWN[facet] ?? "not known") : (named[facet]?.(key) ?? key));
  return { events, seat, outlet, agency, conference, value };
}

export const longDay = (day) => LONG.format(new Date(day * DAY));
export const shortDay = (day) => SHORT.format(new Date(day * DAY));
export const dayRange = (start, end) => LONG.formatRange(new Date(start * DAY), new Date(end * DAY));

export function languageName(tag) {
  return tag === "und" ? "not told" : named(LANGUAGES, tag);
}

export const countryName = (code) => named(COUNTRIES, code);

// The date of a summary: a day where one is fixed, else what EDTF tells.
export function dateText({ published, edtf }) {
  if (published !== null) return shortDay(published);
  return edtf ? edtf.replace("/", " to ") : "no date";
}

export const headline = ({ title, source, id }) => title || source || id;

function named(names, code) {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}
