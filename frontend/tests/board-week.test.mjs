// What a wall screen shows of its week, and when: node --test frontend/tests
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";

const folder = mkdtempSync(join(tmpdir(), "board-"));
const outfile = join(folder, "board-week.mjs");
await build({ entryPoints: ["frontend/islands/board-week.ts"], bundle: true, format: "esm", outfile, logLevel: "error" });
const { clockOf, dayOf, nextOf, phaseOf, useOf, windowOf } = await import(outfile);
after(() => rmSync(folder, { recursive: true }));

/** Seconds since 1970 of a day in China, given as "HH:MM" and days later. */
const at = (text, days = 0) => Date.parse(`2026-04-14T${text}:00+08:00`) / 1000 + days * 86_400;
const lesson = (starts, days = 0) => ({ starts: at(starts, days), enters: at(starts, days) - 600, ends: at(starts, days) + 2400 });

test("a lesson is later, today, open from ten minutes before, now until it ends", () => {
  const one = lesson("10:30");
  const phases = [[at("23:59", -1), "later"], [at("00:00"), "today"], [at("10:19"), "today"], [at("10:20"), "open"], [at("10:29"), "open"], [at("10:30"), "now"], [at("11:09"), "now"]];
  for (const [now, phase] of phases) assert.equal(phaseOf(one, now), phase);
  assert.equal(nextOf([one, lesson("8:40".padStart(5, "0"), 1)], at("11:09")), 0);
  assert.equal(nextOf([one, lesson("08:40", 1)], at("11:10")), 1);
  assert.equal(nextOf([one], at("11:10")), -1);
});

test("a full day never hides what runs", () => {
  const rows = Array.from({ length: 12 }, (_one, number) => ({ ends: at("07:40") + number * 3600, over: false }));
  assert.deepEqual(windowOf(rows, at("06:00"), 6), [0, 6]);
  assert.deepEqual(windowOf(rows, at("12:10"), 6), [4, 10]);
  assert.deepEqual(windowOf(rows, at("23:00"), 6), [6, 12]);
  assert.deepEqual(windowOf(rows.slice(0, 3), at("23:00"), 6), [0, 3]);
});

test("what was cancelled or ended early counts as over", () => {
  const rows = Array.from({ length: 8 }, (_one, number) => ({ ends: at("09:00") + number * 3600, over: number < 3 }));
  assert.deepEqual(windowOf(rows, at("08:00"), 6), [2, 8]);
});

test("the day changes at midnight in China, whatever the device's zone", () => {
  assert.equal(dayOf(at("23:59")) + 1, dayOf(at("00:00", 1)));
  assert.deepEqual([clockOf(at("00:05")), clockOf(at("08:40")), clockOf(at("23:59"))], ["0:05", "8:40", "23:59"]);
});

test("after seven days it is too old", () => {
  assert.equal(useOf(at("10:00"), at("10:00", 7)), "good");
  assert.equal(useOf(at("10:00"), at("10:01", 7)), "too-old");
});

test("a clock that is behind what is known is not gone by", () => {
  assert.equal(useOf(at("10:00"), at("09:56")), "good");
  assert.equal(useOf(at("10:00"), at("09:54")), "clock-behind");
  assert.equal(useOf(at("10:00"), 0), "clock-behind");
});
