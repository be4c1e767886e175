import assert from "node:assert/strict";
import { test } from "node:test";
import { lengthOf } from "../src/webm";
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

/** A WebM file as a browser writes it: clusters of unknown size, sound and picture. */
function webm(...frames: [track: number, ms: number][]): Uint8Array {
  const out = [0x1a, 0x45, 0xdf, 0xa3, 0x80, 0x18, 0x53, 0x80, 0x67, 1, 255, 255, 255, 255, 255, 255, 255,
    0x16, 0x54, 0xae, 0x6b, 0x90, 0xae, 0x86, 0xd7, 0x81, 1, 0x83, 0x81, 2, 0xae, 0x86, 0xd7, 0x81, 2, 0x83, 0x81, 1];
  let base = -1;
  for (const [track, ms] of frames) {
    if (base < 0 || ms - base > 20_000) out.push(0x1f, 0x43, 0xb6, 0x75, 1, 255, 255, 255, 255, 255, 255, 255, 0xe7, 0x83, ms >> 16, (ms >> 8) & 255, ms & 255);
    if (base < 0 || ms - base > 20_000) base = ms;
    out.push(0xa3, 0x85, 0x80 | track, ((ms - base) >> 8) & 255, (ms - base) & 255, 0x80, 7);
  }
  return Uint8Array.from(out);
}

test("a piece is as long as its pictures, also when it is cut short", () => {
  const file = webm([1, 0], [2, 40], [1, 60], [2, 30_000], [1, 31_000], [2, 30_990]);
  assert.equal(lengthOf(file), 30_950);
  assert.equal(lengthOf(file.subarray(0, file.length - 1)), 29_960);
  assert.equal(lengthOf(webm([1, 0], [1, 5000], [2, 9])), undefined);
  for (let n = 0; n < file.length; n++) lengthOf(file.subarray(0, n));
  assert.equal(lengthOf(new Uint8Array(100)), undefined);
});
