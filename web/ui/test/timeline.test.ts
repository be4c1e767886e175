import assert from "node:assert/strict";
import { test } from "node:test";
import { holdUntil, holes, pieceAt, resumeAt, share, stretchAt, sums, timeline, toPosition, toTime, wanted } from "../src/timeline";
import type { Backfill, Segment } from "../src/types";

const at = (s: number) => new Date(Date.UTC(2026, 10, 23, 5, 0, 0) + s * 1000).toISOString();
const segment = (number: number, from: number, to: number, codecs = "vp8,opus", track?: string): Segment => ({
  number, start: at(from), end: at(to), size: 1, sha256: "", prev: "", codecs, width: 640, height: 480, frames: Math.round((to - from) * 10), camera: 1, stored: true, track,
});
const backfill: Backfill = {
  number: 0, from: at(118), to: at(140), size: 1, sha256: "", codecs: "vp9,opus", width: 640, height: 480, frames: 330, first_ms: 40,
  holes: [], received_at: at(300), clock_offset_ms: 0, stored: true,
};
const review = {
  from: at(0), to: at(300),
  segments: [segment(1, 60, 120), segment(0, 0.4, 60), segment(2, 150, 200, "vp8")],
  live: { number: 3, start: at(200.1), codecs: "vp8,opus", width: 640, height: 480 },
  gaps: [{ from: at(120), to: at(150), cause: "device" as const }],
};
const account = {
  from: at(-10), to: at(300),
  stretches: [
    { from: at(-10), to: at(0), kind: "not_admitted" as const, number: 0 },
    { from: at(0), to: at(0.4), kind: "unaccounted" as const, number: 0 },
    { from: at(0.4), to: at(60), kind: "recorded" as const, number: 0 },
    { from: at(60), to: at(120), kind: "recorded" as const, number: 1 },
    { from: at(120), to: at(140), kind: "backfilled" as const, cause: "device" as const, number: 0 },
    { from: at(140), to: at(150), kind: "gap" as const, cause: "device" as const, number: 0 },
    { from: at(150), to: at(300), kind: "recorded" as const, number: 2 },
  ],
};
const pieces = (line: ReturnType<typeof timeline>) => line.tracks[0].pieces;

test("segments stand where they were recorded, holes have their reason", () => {
  const line = timeline(review);
  assert.equal(line.length, 300);
  assert.deepEqual(pieces(line).map((p) => [p.key, p.from, p.to, p.open]), [["s0", 0.4, 60, false], ["s1", 60, 120, false], ["s2", 150, 200, false], ["s3", 200.1, 300, true]]);
  assert.deepEqual(holes(line).map((h) => [h.from, h.to, h.kind, h.cause]), [[120, 150, "gap", "device"]]);
});

test("a hole that no gap explains is shown all the same", () => {
  const line = timeline({ ...review, gaps: null, live: null });
  assert.deepEqual(holes(line).map((h) => [h.from, h.to, h.kind]), [[120, 150, "unaccounted"], [200, 300, "unaccounted"]]);
});

test("with an account its stretches are shown, seams are not", () => {
  const line = timeline({ ...review, backfills: [backfill], account });
  assert.deepEqual(line.tracks[0].stretches.map((s) => [s.kind, s.from, s.to]), [
    ["not_admitted", 0, 10.4], ["recorded", 10.4, 70], ["recorded", 70, 130], ["backfilled", 130, 150], ["gap", 150, 160], ["recorded", 160, 310],
  ]);
  assert.deepEqual(sums(line.tracks[0].stretches).map((s) => [s.kind, s.cause, Math.round(s.share * 1000)]),
    [["recorded", "", 870], ["backfilled", "", 65], ["gap", "device", 32], ["not_admitted", "", 34]]);
  assert.equal(stretchAt(line.tracks[0].stretches, 155)?.cause, "device");
});

test("of a backfill only what fills the hole is played, at its own time", () => {
  const line = timeline({ ...review, backfills: [backfill], account });
  const p = pieceAt(pieces(line), 140)!;
  assert.deepEqual([p.kind, p.number, p.from, p.to, p.codecs, p.rate], ["backfill", 0, 130, 150, "vp9,opus", 15]);
  assert.equal(Math.round((p.zero + 0.04) * 1000), 128_000); // its first picture was there two seconds before the hole
  assert.equal(pieceAt(pieces(line), 129)?.key, "s1");
  assert.equal(resumeAt(pieces(line), 151), 160);
});

test("two tracks of a seat share one clock and have gaps of their own", () => {
  const line = timeline({
    ...review, segments: [...review.segments, segment(0, 5, 40, "vp9", "screen"), segment(1, 50, 310, "vp9", "screen")],
    gaps: [...review.gaps, { from: at(40), to: at(50), cause: "network", track: "screen" }],
  });
  assert.deepEqual(line.tracks.map((k) => [k.name, k.pieces.length]), [["camera", 4], ["screen", 2]]);
  assert.equal(line.length, 310);
  assert.deepEqual(holes(line).map((h) => [h.from, h.to, h.cause]), [[120, 150, "device"], [40, 50, "network"]]);
  assert.deepEqual([pieceAt(line.tracks[0].pieces, 45)?.key, pieceAt(line.tracks[1].pieces, 45)], ["s0", null]);
  assert.equal(resumeAt(line.tracks.flatMap((k) => k.pieces), 130), 130, "nothing is passed over while one camera has a picture");
});

test("a segment before the review's beginning moves the origin", () => {
  const line = timeline({ ...review, from: at(30) });
  assert.equal(toTime(line, 0), Date.parse(at(0.4)));
  assert.equal(toPosition(line, at(60.4)), 60);
});

test("playing goes on after a hole and ends at the end", () => {
  const sealed = pieces(timeline({ ...review, live: null }));
  assert.equal(pieceAt(sealed, 130), null);
  assert.equal(resumeAt(sealed, 130), 150);
  assert.equal(resumeAt(sealed, 61), 61);
  assert.equal(resumeAt(sealed, 301), null);
  assert.equal(pieceAt(sealed, 60)?.number, 1);
  assert.equal(pieceAt(pieces(timeline(review)), 400)?.number, 3, "what is being written has no end yet");
});

test("what is wanted next does not count holes", () => {
  const list = pieces(timeline(review));
  assert.deepEqual(wanted(list, 10, 15).map((w) => [w.piece.key, w.from, w.to]), [["s0", 10, 25]]);
  assert.deepEqual(wanted(list, 110, 15).map((w) => [w.piece.key, w.from, w.to]), [["s1", 110, 120], ["s2", 150, 155]]);
  assert.deepEqual(wanted(list, 295, 15).map((w) => [w.piece.key, w.from, w.to]), [["s3", 295, 310]]);
  assert.deepEqual(wanted(pieces(timeline({ ...review, live: null })), 400, 15), []);
});

test("the last picture stands over a seam, not over a gap", () => {
  const list = pieces(timeline(review));
  assert.equal(holdUntil(list, list[1]), 120);
  assert.equal(holdUntil(list, list[2]), 200.1);
});

test("an empty seat has an empty timeline", () => {
  const line = timeline({ from: at(0), to: at(0), segments: [], live: null, gaps: [] });
  assert.deepEqual([line.length, line.tracks], [0, [{ name: "camera", pieces: [], stretches: [] }]]);
  assert.equal(share(5, line.length), 0);
  assert.equal(share(-5, 100), 0);
  assert.equal(share(500, 100), 100);
});
