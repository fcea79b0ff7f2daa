// Open a release over HTTP: its manifest, and rows and columns of its Parquet files by range requests.

import { decompress } from "fzstd";
import { asyncBufferFromUrl, cachedAsyncBuffer, parquetMetadataAsync, parquetReadObjects, parquetScan } from "hyparquet";

const DATA = /^data\/([a-z]+)\/(train|validation|test)-\d{5}-of-\d{5}\.parquet$/;
const SPLITS = ["train", "validation", "test"];
// What the releases are written with; the other codecs would cost a WASM module, which the page's policy forbids.
// No buffer is given to fzstd 0.1.1: it compares one with a number, which spells out all of its bytes.
const compressors = { ZSTD: (input) => decompress(input) };
const parsers = { dateFromDays: (days) => days, stringFromBytes };
const options = { compressors, parsers, geoparquet: false };

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true }); // a mark that is kept keeps the offsets right
const SHORT = 64; // bytes

// Most values are short and ASCII: there a call of the decoder costs more than the decoding.
function stringFromBytes(bytes) {
  if (!bytes) return bytes;
  if (bytes.length > SHORT) return utf8.decode(bytes);
  for (let at = 0; at < bytes.length; at++) if (bytes[at] > 127) return utf8.decode(bytes);
  return String.fromCharCode.apply(null, bytes);
}

export async function openRelease(base) {
  const response = await fetch(new URL("manifest.json", base));
  if (!response.ok) throw new Error(`manifest.json: ${response.status} ${response.statusText}`);
  const manifest = await response.json();
  const tables = {};
  for (const [name, entry] of Object.entries(manifest.files)) {
    const match = DATA.exec(name);
    if (match) (tables[match[1]] ??= []).push({ split: match[2], url: new URL(name, base).href, bytes: entry.bytes });
  }
  for (const files of Object.values(tables)) files.sort((a, b) => SPLITS.indexOf(a.split) - SPLITS.indexOf(b.split));
  return { manifest, tables, opened: new Map() };
}

// One file: its buffer, its footer and its number of rows, fetched once.
export function openFile(release, file) {
  const { opened } = release;
  if (!opened.has(file.url)) opened.set(file.url, openBuffer(file));
  return opened.get(file.url);
}

async function openBuffer({ url, bytes, split }) {
  const remote = await asyncBufferFromUrl({ url, byteLength: bytes });
  const file = bytes < 1 << 19 ? cachedAsyncBuffer(remote) : remote;
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  return { file, metadata, split, rows: Number(metadata.num_rows) };
}

export function columnNames({ metadata }) {
  return new Set(metadata.row_groups.flatMap((group) => group.columns.map((column) => column.meta_data.path_in_schema[0])));
}

export function columnBytes({ metadata }, column) {
  const chunks = metadata.row_groups.flatMap((group) => group.columns);
  const own = chunks.filter((chunk) => chunk.meta_data.path_in_schema[0] === column);
  return own.reduce((sum, chunk) => sum + Number(chunk.meta_data.total_uncompressed_size), 0);
}

// The values of a column, of all rows or of a stretch of them; no more pages are fetched than hold it.
export async function readColumn({ file, metadata, rows }, column, rowStart = 0, rowEnd = rows) {
  if (rows === 0) return [];
  const scan = await parquetScan({ file, metadata, columns: [column], ...options });
  const ranges = scan.ranges
    .map((range) => ({ rowStart: Math.max(rowStart, range.rowStart), rowEnd: Math.min(rowEnd, range.rowEnd) }))
    .filter((range) => range.rowStart < range.rowEnd);
  const parts = await Promise.all(ranges.map((range) => scan.readColumn({ column, ...range })));
  return [].concat(...parts.map((part) => (Array.isArray(part) ? part : Array.from(part))));
}

export async function readRow({ file, metadata }, row, columns) {
  const range = { rowStart: row, rowEnd: row + 1, useOffsetIndex: true };
  const [found] = await parquetReadObjects({ file, metadata, columns, ...options, ...range });
  return found;
}

export async function readTable(release, name) {
  const files = await Promise.all((release.tables[name] ?? []).map((file) => openFile(release, file)));
  const parts = files.filter(({ rows }) => rows).map(({ file, metadata }) => parquetReadObjects({ file, metadata, ...options }));
  return (await Promise.all(parts)).flat();
}

// The rows of a table that belong to one article: of the files of its split only the pages that can hold them are read.
export async function readOfArticle(release, name, split, article) {
  const entries = (release.tables[name] ?? []).filter((file) => file.split === split);
  const files = await Promise.all(entries.map((entry) => openFile(release, entry)));
  const filter = { article: { $eq: article } };
  const wanted = { filter, usePageIndex: true, useOffsetIndex: true, ...options };
  const found = files.filter(({ rows }) => rows).map(({ file, metadata }) => parquetReadObjects({ file, metadata, ...wanted }));
  return (await Promise.all(found)).flat();
}
