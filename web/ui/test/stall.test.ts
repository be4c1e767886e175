import assert from "node:assert/strict";
import { test } from "node:test";
import { firstTime, Stall, stallTime } from "../src/stall";

/** Counts every step ms; returns when it first stalls, or -1. */
function first(counts: (number | null)[], step = 500): number {
  const s = new Stall();
  return counts.findIndex((c, i) => s.take(c, i * step));
}

test("frames that come are no stall", () => {
  assert.equal(first(Array.from({ length: 100 }, (_, i) => i)), -1);
  assert.equal(first(Array.from({ length: 100 }, (_, i) => Math.floor(i / 3))), -1, "two frames in three seconds");
});

test("frames that stop are a stall soon", () => {
  const at = first([1, 2, 3, 3, 3, 3, 3, 3]);
  assert.equal(at, 2 + Math.ceil(stallTime / 500));
});

test("a camera's first frame may take a while", () => {
  const at = first(Array.from({ length: 30 }, () => 0));
  assert.equal(at, firstTime / 500);
});

test("what is not known is no stall", () => {
  assert.equal(first([5, null, 5, null, 5, null, 5, null, 5, null]), -1);
  assert.equal(first([5, 5, 5, 5, 5], 60_000), -1, "a machine that slept");
});

test("it ends with the next frame", () => {
  const s = new Stall();
  [0, 500, 1000, 1500, 2000, 2500].forEach((at) => s.take(7, at));
  assert.equal(s.take(7, 3000), true);
  assert.equal(s.take(8, 3500), false);
});
