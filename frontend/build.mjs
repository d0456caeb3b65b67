// Builds src/tongtang/static/build from frontend/:
//   islands/entries/NAME.ts -> NAME.js      one bundle an entry; what two entries share becomes a chunk
//   styles/NAME.css         -> NAME.css     tongtang.css is on every page, the others where a template asks
//   icons named in templates, Python and TypeScript -> icons.svg
// Text in TypeScript, t("msgid") and tn("one", "many", n), is replaced by the zh_Hans catalogue while bundling.
// --draft lets missing translations through as they stand; --watch rebuilds on change.
import { readdirSync, rmSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { build } from "esbuild";
import { writeSprite } from "./sprite.mjs";
import { textPlugin } from "./text.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = join(ROOT, "src/tongtang/static/build");
const FIRST_PAGE_LIMIT = 300 * 1024;
const draft = process.argv.includes("--draft");

const COMMON = {
  absWorkingDir: ROOT,
  outdir: OUT,
  bundle: true,
  minify: true,
  charset: "utf8",
  target: ["chrome80", "firefox78", "safari14.1"],
  legalComments: "none",
  logLevel: "warning",
};

function entries(folder, ending) {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(ROOT, folder, name));
}

/** Classes m0..m1439 (minute of the day) and d1..d1440 (length in minutes), which place a lesson without a style attribute. */
const minutesPlugin = {
  name: "minutes",
  setup(building) {
    building.onResolve({ filter: /^minutes$/ }, () => ({ path: "minutes", namespace: "minutes" }));
    building.onLoad({ filter: /.*/, namespace: "minutes" }, () => {
      const at = Array.from({ length: 1440 }, (_, minute) => `.m${minute}{--m:${minute}}`);
      const lasts = Array.from({ length: 1440 }, (_, index) => `.d${index + 1}{--d:${index + 1}}`);
      return { contents: [...at, ...lasts].join("\n"), loader: "css" };
    });
  },
};

async function buildAll() {
  rmSync(OUT, { recursive: true, force: true });
  const text = textPlugin(ROOT, { draft });
  await build({
    ...COMMON,
    entryPoints: entries("frontend/islands/entries", ".ts"),
    format: "esm",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    plugins: [text.plugin],
  });
  text.failOnMissing();
  await build({ ...COMMON, entryPoints: entries("frontend/styles", ".css"), plugins: [minutesPlugin] });
  writeSprite(ROOT, OUT);
}

function onTheWire(path) {
  return gzipSync(readFileSync(path)).length;
}

/** The first page: the common style, the shell's bundle with its chunks, the icons, and the largest page style. */
function checkWeight() {
  const sizes = readdirSync(OUT, { recursive: true })
    .map((name) => String(name))
    .filter((name) => statSync(join(OUT, name)).isFile())
    .map((name) => [name, onTheWire(join(OUT, name))]);
  for (const [name, size] of sizes.sort((a, b) => b[1] - a[1])) {
    process.stderr.write(`${String(size).padStart(8)}  ${name}\n`);
  }
  const weight = new Map(sizes);
  const pageStyles = sizes.filter(([name]) => name.endsWith(".css") && name !== "tongtang.css").map(([, size]) => size);
  const first = ["tongtang.css", "shell.js", "icons.svg"].reduce((sum, name) => sum + (weight.get(name) ?? 0), 0);
  const total = first + Math.max(0, ...pageStyles);
  process.stderr.write(`first page: ${total} of ${FIRST_PAGE_LIMIT} bytes, gzip\n`);
  if (total > FIRST_PAGE_LIMIT) throw new Error("the first page is heavier than its limit");
}

await buildAll();
checkWeight();
if (process.argv.includes("--watch")) {
  let waiting;
  const again = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => buildAll().catch((error) => process.stderr.write(`${error.message}\n`)), 150);
  };
  watch(join(ROOT, "frontend"), { recursive: true }, again);
}
