import assert from "node:assert/strict";
import { test } from "node:test";
import { bounds, chosen, covered, excess, ServerClock, useful, worth, type Piece } from "../src/backfill-plan";

const piece = (from: number, to: number, size = 1000): Piece =>
  ({ id: `${from}`, seat: "s", from, to, size, type: "video/webm", location: "", offset: 0 });

/** Eleven-second pieces that overlap by one. */
const row = (n: number): Piece[] => Array.from({ length: n }, (_, i) => piece(i * 10_000, i * 10_000 + 11_000));

test("only pieces in which something is missing are sent, oldest first", () => {
  const all = row(6).reverse();
  assert.deepEqual(chosen(all, []), []);
  assert.deepEqual(chosen(all, [{ from: 25_000, to: 45_000 }]).map((p) => p.from), [20_000, 30_000, 40_000]);
  assert.deepEqual(chosen(all, [{ from: 60_999, to: 90_000 }]), []);
  assert.deepEqual(chosen(all, [{ from: 61_000 - worth, to: 90_000 }]).map((p) => p.from), [50_000]);
});

test("an edge is sent first, or the server would not want it any more", () => {
  assert.deepEqual(chosen(row(4), [{ from: 5000, to: 31_500 }]).map((p) => p.from), [30_000, 0, 10_000, 20_000]);
});

test("what overlaps is counted once", () => {
  assert.equal(covered(row(6), [{ from: 5000, to: 50_000 }]), 45_000);
  assert.equal(covered(row(2), [{ from: 5000, to: 7000 }, { from: 20_000, to: 50_000 }]), 3000);
  assert.equal(useful(piece(0, 10), []), 0);
});

test("pieces that follow one another leave no hole", () => {
  for (let from = 0; from < 60_000; from += 777) {
    for (const length of [300, 9000, 33_000]) {
      const wanted = [{ from, to: Math.min(from + length, 61_000) }];
      assert.equal(covered(chosen(row(6), wanted), wanted), wanted[0].to - from);
    }
  }
});

test("what is kept has bounds: the oldest goes first", () => {
  const all = row(6);
  assert.deepEqual(excess(all, { bytes: 6000, ms: 1e9 }), []);
  assert.deepEqual(excess([...all].reverse(), { bytes: 4000, ms: 1e9 }).map((p) => p.from), [0, 10_000]);
  assert.deepEqual(excess(all, { bytes: 1e9, ms: 41_000 }).map((p) => p.from), [0, 10_000]);
  assert.deepEqual(excess([], { bytes: 0, ms: 0 }), []);
  assert.equal(bounds(10e6).bytes, 5e6);
  assert.equal(bounds(undefined).bytes, bounds(1e12).bytes / 2);
});

test("the shortest round trip sets the clock, until it is old", () => {
  const c = new ServerClock();
  assert.equal(c.known, false);
  c.take(1000, 6100, 1200);
  assert.equal(c.server(0), 5000);
  c.take(2000, 7010, 2020);
  assert.equal(c.server(0), 5000);
  c.take(3000, 9000, 3500); // slow: not believed
  assert.equal(c.server(0), 5000);
  c.take(400_000, 405_250, 400_100); // slower than the best, and that is long ago
  assert.equal(c.server(0), 5200);
});
