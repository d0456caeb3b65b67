// When a classroom device asks for its names, and how it waits for a busy house: node --test frontend/tests
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";

const folder = mkdtempSync(join(tmpdir(), "hours-"));
async function bundled(name) {
  const outfile = join(folder, `${name}.mjs`);
  await build({ entryPoints: [`frontend/islands/${name}.ts`], bundle: true, format: "esm", outfile, logLevel: "error" });
  return import(outfile);
}
const { isQuietHour, nextAsking } = await bundled("pupil-hours");
const { laterBy, patiently } = await bundled("pupil-fetch");
after(() => rmSync(folder, { recursive: true }));

/** A moment of a day in China, given as "HH:MM" and days later. */
const at = (text, days = 0) => Date.parse(`2026-11-23T${text}:00+08:00`) + days * 86_400_000;
const CHANCES = Array.from({ length: 101 }, (_one, number) => number / 101);

test("at night it rests until a moment of its own between six and half past seven", () => {
  for (const now of ["00:00", "03:30", "05:59"]) {
    const asked = CHANCES.map((chance) => nextAsking(at(now), chance));
    assert.ok(asked.every((one) => one >= at("06:00") && one < at("07:30")));
    const early = asked.filter((one) => one < at("06:45")).length;
    assert.ok(Math.abs(early - asked.length / 2) <= 1, "spread evenly");
  }
  const late = nextAsking(at("23:58"), 0.5);
  assert.ok(late >= at("06:00", 1) && late < at("07:30", 1));
});

test("before the first lesson nobody asks, and afterwards not all at once", () => {
  for (const now of ["07:28", "07:30", "08:00", "08:29"]) {
    const asked = CHANCES.map((chance) => nextAsking(at(now), chance));
    assert.ok(asked.every((one) => one >= at("08:30") && one < at("08:40")));
    assert.ok(new Set(asked).size > 90);
  }
  assert.deepEqual(["07:29", "07:30", "08:29", "08:30"].map((text) => isQuietHour(at(text))), [false, true, true, false]);
});

test("in the day it asks about every five minutes", () => {
  for (const now of ["06:30", "08:30", "12:00", "20:00"]) {
    const waits = CHANCES.map((chance) => nextAsking(at(now), chance) - at(now));
    assert.ok(waits.every((wait) => wait >= 4 * 60_000 && wait <= 6 * 60_000));
  }
});

test("the next asking is always to come", () => {
  for (let minute = 0; minute < 1440; minute += 1) {
    const now = at("00:00") + minute * 60_000;
    for (const chance of [0, 0.5, 0.999]) assert.ok(nextAsking(now, chance) > now);
  }
});

test("a busy house is asked again after its time and a part of chance", async () => {
  const busy = (seconds) => new Response("", { status: 503, headers: seconds ? { "Retry-After": seconds } : {} });
  assert.equal(laterBy(busy("5"), 0), 5000);
  assert.equal(laterBy(busy("5"), 0.5), 7500);
  assert.equal(laterBy(busy(""), 0), undefined);
  assert.equal(laterBy(new Response("", { status: 200, headers: { "Retry-After": "5" } }), 0), undefined);
  const answers = [busy("0.01"), busy("0.01"), new Response("names")];
  const answer = await patiently(async () => answers.shift());
  assert.equal(await answer.text(), "names");
  assert.equal(answers.length, 0);
});
