// The rule of received seconds, on the bundled code: node --test frontend/tests
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";

const folder = mkdtempSync(join(tmpdir(), "seconds-"));
const outfile = join(folder, "seconds.mjs");
await build({ entryPoints: ["frontend/islands/seconds.ts"], bundle: true, format: "esm", outfile, logLevel: "error" });
const { SecondsBook, movedOn } = await import(outfile);
after(() => rmSync(folder, { recursive: true }));

const always = () => true;

function book(inLesson = always) {
  let count = 0;
  return new SecondsBook(() => `id-${++count}`, inLesson);
}

/** Looks every `step` ms in [from, to); `moves(at)` says whether the picture moves at that moment. */
function watch(into, from, to, moves, { step = 500, source = "rtc", media = false, state = { frames: 0, played: 0 } } = {}) {
  for (let at = from; at < to; at += step) {
    if (moves(at)) {
      state.frames += 15 * (step / 1000);
      state.played += step / 1000;
    }
    into.look({ at, source, frames: Math.floor(state.frames), mediaTime: media ? state.played : null, takenAt: null });
  }
  return state;
}

const all = (from) => [...from.sealed, ...(from.open ? [from.open] : [])].map((span) => [span.from, span.to]);
const seconds = (from) => all(from).reduce((sum, [start, end]) => sum + end - start, 0);

test("an unbroken picture is one span of whole seconds", () => {
  const kept = book();
  watch(kept, 0, 60_500, always);
  assert.deepEqual(all(kept), [[0, 60]]);
});

test("a cut of 20 s costs 20 s, wherever in a second it begins", () => {
  for (let begin = 10_000; begin < 11_000; begin += 130) {
    const kept = book();
    watch(kept, 0, 60_500, (at) => at < begin || at >= begin + 20_000);
    assert.ok(Math.abs(seconds(kept) - 40) <= 1, `${begin}: ${seconds(kept)}`);
    assert.equal(all(kept).length, 2);
  }
});

test("the word that the lesson began may come late", () => {
  let began = Number.POSITIVE_INFINITY;
  const kept = book((second) => second >= began);
  const state = watch(kept, -5000, 9000, (at) => at < 3000 || at >= 5500);
  assert.deepEqual(all(kept), []);
  began = 1;
  watch(kept, 9000, 20_500, always, { state });
  assert.deepEqual(all(kept), [[1, 3], [5, 20]]);
});

test("a black picture counts nothing, though media time runs on", () => {
  const kept = book();
  for (let at = 0; at < 20_000; at += 500) kept.look({ at, source: "hls", frames: 40, mediaTime: at / 1000 });
  assert.equal(seconds(kept), 0);
});

test("HLS counts played time; a jump to the live edge is one moment, not the time jumped over", () => {
  const kept = book();
  const state = watch(kept, 0, 10_000, always, { source: "hls", media: true });
  watch(kept, 10_000, 30_000, () => false, { source: "hls", media: true, state });
  state.played += 20;
  watch(kept, 30_000, 40_500, always, { source: "hls", media: true, state });
  assert.ok(Math.abs(seconds(kept) - 20) <= 1, `${seconds(kept)}`);
});

test("HLS that takes over in a cut repeats what was seen: it counts from what is new", () => {
  const kept = book();
  watch(kept, 0, 20_000, always);
  // Six seconds after the cut HLS plays the three seconds before it, and stops.
  for (let at = 26_000; at < 40_000; at += 500) {
    const played = Math.min(3, (at - 26_000) / 1000);
    kept.look({ at, source: "hls", frames: Math.floor(played * 15), mediaTime: 100 + played, takenAt: 17_000 + played * 1000 - 100 });
  }
  assert.ok(seconds(kept) <= 20, `${seconds(kept)}`);
  // Then the lesson goes on by HLS, two and a half seconds late.
  for (let at = 40_000; at <= 50_000; at += 500) {
    kept.look({ at, source: "hls", frames: 45 + (at - 40_000) * 0.015, mediaTime: 103 + (at - 40_000) / 1000, takenAt: at - 2500 });
  }
  assert.ok(Math.abs(seconds(kept) - 29) <= 1, `${seconds(kept)}`);
});

test("a player that does not tell for a moment when its picture was taken loses nothing afterwards", () => {
  const kept = book();
  for (let at = 0; at <= 30_000; at += 500) {
    kept.look({ at, source: "hls", frames: at * 0.015, mediaTime: at / 1000, takenAt: at === 10_000 ? null : at - 3000 });
  }
  assert.deepEqual(all(kept), [[0, 30]]);
});

test("an old panel that does not count frames is believed by its played time", () => {
  assert.equal(movedOn({ at: 0, source: "hls", frames: null, mediaTime: 1 }, { at: 500, source: "hls", frames: null, mediaTime: 1.5 }), true);
  assert.equal(movedOn({ at: 0, source: "hls", frames: null, mediaTime: 1 }, { at: 500, source: "hls", frames: null, mediaTime: 1 }), false);
  assert.equal(movedOn({ at: 0, source: "rtc", frames: null, mediaTime: null }, { at: 500, source: "rtc", frames: null, mediaTime: null }), false);
});

test("a change of source proves nothing by itself", () => {
  const kept = book();
  const state = watch(kept, 0, 10_000, always);
  watch(kept, 10_000, 20_500, always, { source: "hls", media: true, state });
  assert.ok(seconds(kept) >= 19 && seconds(kept) <= 20, `${seconds(kept)}`);
});

test("a page that slept has not received what passed, and its span grows no more", () => {
  const kept = book();
  const state = watch(kept, 0, 10_500, always);
  const first = kept.open.uuid;
  state.frames += 9000;
  watch(kept, 600_000, 610_500, always, { state });
  assert.ok(kept.sealed.some((span) => span.uuid === first));
  assert.deepEqual(all(kept), [[0, 10], [600, 610]]);
});

test("seconds outside the lesson do not count", () => {
  const kept = book((second) => second >= 5 && second < 20);
  watch(kept, 0, 60_500, always);
  assert.deepEqual(all(kept), [[5, 20]]);
});

test("looks once a second, early and late ones too, are exact", () => {
  const kept = book();
  let frames = 0;
  for (const at of [0, 1004, 1999, 3050, 3990, 5001, 6030, 7000, 8100, 9050, 10_010]) kept.look({ at, source: "rtc", frames: (frames += 12), mediaTime: null });
  assert.deepEqual(all(kept), [[0, 10]]);
});

test("a sealed span never changes; the next one begins where it ended", () => {
  const kept = book();
  const state = watch(kept, 0, 10_500, always);
  kept.seal();
  const sealed = JSON.stringify(kept.sealed);
  watch(kept, 10_500, 20_500, always, { state });
  assert.equal(JSON.stringify(kept.sealed), sealed);
  assert.deepEqual(all(kept), [[0, 10], [10, 20]]);
  kept.forget(new Set([kept.sealed[0].uuid]));
  assert.deepEqual(all(kept), [[10, 20]]);
});

test("a clock put back counts no second twice", () => {
  const kept = book();
  const state = watch(kept, 0, 10_500, always);
  watch(kept, 8000, 15_500, always, { state });
  const counted = all(kept).flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => from + index));
  assert.equal(new Set(counted).size, counted.length);
  assert.ok(seconds(kept) >= 14 && seconds(kept) <= 15);
});
