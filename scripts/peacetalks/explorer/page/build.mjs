// Bundle the page into the folder that is given: the same source and lock give the same bytes.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const [out] = process.argv.slice(2);
if (!out) throw new Error("usage: node build.mjs FOLDER");

const options = { bundle: true, minify: true, format: "iife", target: "es2022", charset: "utf8", legalComments: "none", metafile: true, write: false };
const scripts = await Promise.all(["app", "worker"].map((name) => build({ ...options, entryPoints: [`src/${name}.js`], outfile: `${name}.js` })));
const style = await build({ ...options, entryPoints: ["style/style.css"], outfile: "style.css" });

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
for (const { outputFiles } of [...scripts, style]) {
  for (const file of outputFiles) await writeFile(join(out, file.path.split("/").pop()), file.contents);
}
await writeFile(join(out, "icon.svg"), await readFile("icon.svg"));
await writeFile(join(out, "licences.txt"), await licences(scripts.flatMap(({ metafile }) => Object.keys(metafile.inputs))));
// Last, so that a bundle with an index is whole.
await writeFile(join(out, "index.html"), (await readFile("index.html", "utf8")).replace("PLOT-STYLE", await plotStyle()));

// Plot puts one style element into each drawing; the page's policy lets it in by its hash.
async function plotStyle() {
  const source = await readFile("node_modules/@observablehq/plot/src/plot.js", "utf8");
  const [, text] = /append\("style"\)\.text\(\s*`([^`]*)`/.exec(source) ?? [];
  if (!text) throw new Error("@observablehq/plot: its style element is not where it was; mend plotStyle in build.mjs");
  return `sha256-${createHash("sha256").update(text.replaceAll("${className}", "plot")).digest("base64")}`;
}

// The notices of every package that a byte of the bundle comes from.
async function licences(inputs) {
  const folders = inputs.map((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0]);
  const notices = [...new Set(folders.filter(Boolean))].sort().map(async (folder) => {
    const name = folder.split("node_modules/").pop();
    const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).sort().find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? (await readFile(join(folder, file), "utf8")).replaceAll("\r\n", "\n").trim() : `Terms: ${license}`;
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return (await Promise.all(notices)).join(`\n${"-".repeat(72)}\n\n`);
}
