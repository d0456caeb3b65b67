// Puts the catalogue's words into the bundles: t("msgid") becomes t("msgstr") while esbuild loads a file.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const LITERAL = String.raw`"((?:[^"\\]|\\.)*)"`;
const COMMENT = String.raw`^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*)`;
const CALL = new RegExp(String.raw`${COMMENT}|(?<![\w.])(tn?)\(\s*${LITERAL}(?:\s*,\s*${LITERAL})?`, "gm");

function unquote(line) {
  return JSON.parse(line);
}

/** Reads msgid -> msgstr (of a plural: its one form) from a PO file as Babel writes it. */
export function readCatalogue(path) {
  const entries = new Map();
  let msgid = "";
  let msgstr = "";
  let context = "";
  let part = "";
  const close = () => {
    if (msgid && msgstr && !context) entries.set(msgid, msgstr);
    msgid = msgstr = context = part = "";
  };
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [, keyword, quoted] = /^(?:(msgctxt|msgid|msgid_plural|msgstr|msgstr\[0\])\s+)?(".*")\s*$/.exec(line) ?? [];
    if (quoted === undefined) continue;
    if ((keyword === "msgctxt" || keyword === "msgid") && part.startsWith("msgstr")) close();
    if (keyword) part = keyword;
    if (part === "msgctxt") context += unquote(quoted);
    if (part === "msgid") msgid += unquote(quoted);
    if (part.startsWith("msgstr")) msgstr += unquote(quoted);
  }
  close();
  return entries;
}

function catalogueOf(root) {
  const main = join(root, "src/tongtang/locale/zh_Hans/LC_MESSAGES/django.po");
  const fragments = join(root, "locale-fragments");
  const names = existsSync(fragments) ? readdirSync(fragments).filter((name) => name.endsWith(".po")).sort() : [];
  const paths = [main, ...names.map((name) => join(fragments, name))].filter((path) => existsSync(path));
  return new Map(paths.flatMap((path) => [...readCatalogue(path)]));
}

export function textPlugin(root, { draft }) {
  const catalogue = catalogueOf(root);
  const missing = new Set();
  const translate = (quoted) => {
    const msgid = unquote(`"${quoted}"`);
    if (!catalogue.has(msgid)) missing.add(msgid);
    return JSON.stringify(catalogue.get(msgid) ?? msgid);
  };
  const replace = (whole, call, first) => {
    if (call === undefined) return whole;
    if (call === "t") return whole.replace(`"${first}"`, () => translate(first));
    return `tn(${translate(first)}, ${translate(first)}`; // Chinese has one form for every count
  };
  const plugin = {
    name: "text",
    setup(building) {
      building.onLoad({ filter: /frontend\/islands\/.*\.ts$/ }, ({ path }) => ({
        contents: readFileSync(path, "utf8").replace(CALL, replace),
        loader: "ts",
      }));
    },
  };
  const failOnMissing = () => {
    if (missing.size === 0 || draft) return;
    throw new Error(`no translation for:\n  ${[...missing].join("\n  ")}\nadd it to the catalogue (or build with --draft)`);
  };
  return { plugin, failOnMissing };
}
