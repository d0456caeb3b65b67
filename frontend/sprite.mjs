// Collects the icons that templates, Python and TypeScript name, and writes one sprite of them.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// {% icon "x" %}, {% icon item.icon|default:"x" %}, icon("x"), icon="x", "icon": "x", icon: "x"
const NAMED = /\bicon(?:["']?\s*[(:=]\s*|\s+|\s+[\w.]+\|default:)["']([a-z0-9-]+)["']/g;

function filesBelow(folder, ending) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => name.endsWith(ending) && !name.includes("/tests/"));
}

function namedIcons(root) {
  const files = [
    ...filesBelow(join(root, "src/tongtang"), ".html"),
    ...filesBelow(join(root, "src/tongtang"), ".py"),
    ...filesBelow(join(root, "frontend/islands"), ".ts"),
  ];
  const names = new Set();
  for (const file of files) {
    for (const match of readFileSync(file, "utf8").matchAll(NAMED)) names.add(match[1]);
  }
  return [...names].sort();
}

/** Our own drawings in frontend/icons come first, then Tabler's outline set. */
function drawing(root, name) {
  const candidates = [
    join(root, "frontend/icons", `${name}.svg`),
    join(root, "node_modules/@tabler/icons/icons/outline", `${name}.svg`),
  ];
  const found = candidates.find((path) => existsSync(path));
  if (!found) throw new Error(`no icon is called "${name}": look in @tabler/icons/icons/outline`);
  const inner = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(readFileSync(found, "utf8"));
  if (!inner) throw new Error(`${found} holds no svg element`);
  return inner[1].replace(/\s*\n\s*/g, "").replace(/<path stroke="none"[^>]*\/>/, "");
}

export function writeSprite(root, out) {
  const symbols = namedIcons(root).map(
    (name) => `<symbol id="i-${name}" viewBox="0 0 24 24">${drawing(root, name)}</symbol>`,
  );
  mkdirSync(out, { recursive: true });
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
  writeFileSync(join(out, "icons.svg"), sprite);
}
