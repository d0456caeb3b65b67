// Moving a lesson of the alliance's week with a finger: node --test frontend/tests
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";

const folder = mkdtempSync(join(tmpdir(), "week-"));
const outfile = join(folder, "week-places.mjs");
await build({ entryPoints: ["frontend/islands/week-places.ts"], bundle: true, format: "esm", outfile, logLevel: "error" });
const { pull } = await import(outfile);
after(() => rmSync(folder, { recursive: true }));

test("a finger moves the page along near its edges and beyond them, and nowhere else", () => {
  const ways = [100, 0, 143, 144, 400, 756, 757, 900].map((at) => Math.sign(pull(at, 100, 800)));
  assert.deepEqual(ways, [-1, -1, -1, 0, 0, 0, 1, 1]);
});
