// Seconds of a recording that were played, on the bundled code: node --test frontend/tests
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";

const folder = mkdtempSync(join(tmpdir(), "watched-"));
const outfile = join(folder, "watched.mjs");
await build({ entryPoints: ["frontend/islands/watched-book.ts"], bundle: true, format: "esm", outfile, logLevel: "error" });
const { WatchedBook } = await import(outfile);
after(() => rmSync(folder, { recursive: true }));

/** Plays [from, to) seconds, looked at four times a second. */
function play(book, from, to, at = 0) {
  for (let second = from; second <= to; second += 0.25) book.look(second, true, at + (second - from) * 1000);
}

function spans(book) {
  return book.seal().map(({ from, to }) => [from, to]);
}

test("what is played is one span of whole seconds", () => {
  const book = new WatchedBook();
  play(book, 0.25, 30.5);
  assert.deepEqual(spans(book), [[1, 30]]);
});

test("a jump and a pause are not played", () => {
  const book = new WatchedBook();
  play(book, 0, 10);
  play(book, 600, 610, 11_000);
  book.look(610.25, false, 22_000);
  book.look(610.25, false, 90_000);
  play(book, 610.25, 612.25, 91_000);
  assert.deepEqual(spans(book), [[0, 10], [600, 610], [611, 612]]);
});

test("no second falls between two reports, and what was taken is not told again", () => {
  const book = new WatchedBook();
  play(book, 0, 10.5);
  const first = book.seal();
  book.goOn(10.5, 10_500);
  play(book, 10.5, 20.25, 10_500);
  book.forget(new Set(first.map(({ uuid }) => uuid)));
  assert.deepEqual(spans(book), [[10, 20]]);
});
