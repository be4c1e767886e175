import assert from "node:assert/strict";
import { test } from "node:test";
import { pieceAt, resumeAt, share, timeline, toPosition, toTime, wanted } from "../src/timeline";
import type { Segment } from "../src/types";

const at = (s: number) => new Date(Date.UTC(2026, 10, 23, 5, 0, 0) + s * 1000).toISOString();
const segment = (number: number, from: number, to: number, codecs = "vp8,opus"): Segment => ({
  number, start: at(from), end: at(to), size: 1, sha256: "", prev: "", codecs, width: 640, height: 480, frames: 1, camera: 1, stored: true,
});
const review = {
  from: at(0), to: at(300),
  segments: [segment(1, 60, 120), segment(0, 0.4, 60), segment(2, 150, 200, "vp8")],
  live: { start: at(200.1), codecs: "vp8,opus", width: 640, height: 480 },
  gaps: [{ from: at(120), to: at(150), cause: "device" as const }],
};

test("segments stand where they were recorded, holes have their reason", () => {
  const line = timeline(review);
  assert.equal(line.length, 300);
  assert.deepEqual(line.pieces.map((p) => [p.number, p.from, p.to]), [[0, 0.4, 60], [1, 60, 120], [2, 150, 200], ["live", 200.1, 300]]);
  assert.deepEqual(line.holes.map((h) => [h.from, h.to, h.gap?.cause]), [[120, 150, "device"]]);
});

test("a hole that no gap explains is shown all the same", () => {
  const line = timeline({ ...review, gaps: null, live: null });
  assert.deepEqual(line.holes.map((h) => [h.from, h.to, h.gap]), [[120, 150, null], [200, 300, null]]);
});

test("a segment before the review's beginning moves the origin", () => {
  const line = timeline({ ...review, from: at(30) });
  assert.equal(toTime(line, 0), Date.parse(at(0.4)));
  assert.equal(toPosition(line, at(60.4)), 60);
});

test("playing goes on after a hole and ends at the end", () => {
  const { pieces } = timeline(review);
  assert.equal(pieceAt(pieces, 130), null);
  assert.equal(resumeAt(pieces, 130), 150);
  assert.equal(resumeAt(pieces, 61), 61);
  assert.equal(resumeAt(pieces, 301), null);
  assert.equal(pieceAt(pieces, 60)?.number, 1);
});

test("loaded are the piece that plays and the next of its kind", () => {
  const { pieces } = timeline(review);
  assert.deepEqual(wanted(pieces, 10, "vp8,opus").map((p) => p.number), [0, 1]);
  assert.deepEqual(wanted(pieces, 100, "vp8,opus").map((p) => p.number), [1, "live"]);
  assert.deepEqual(wanted(pieces, 130, "vp8").map((p) => p.number), [2]);
  assert.deepEqual(wanted(pieces, 400, "vp8,opus"), []);
});

test("an empty seat has an empty timeline", () => {
  const line = timeline({ from: at(0), to: at(0), segments: [], live: null, gaps: [] });
  assert.deepEqual([line.length, line.pieces, line.holes], [0, [], []]);
  assert.equal(share(5, line.length), 0);
  assert.equal(share(-5, 100), 0);
  assert.equal(share(500, 100), 100);
});
