// Arithmetic on a seat's recorded time. Positions are seconds since the
// review's beginning.

import type { Gap, LiveSegment, Review, Segment } from "./types";

export interface Piece {
  from: number;
  to: number;
  /** A segment's number; "live" is the one still being written. */
  number: number | "live";
  codecs: string;
}

export interface Hole { from: number; to: number; gap: Gap | null }

export interface Timeline { origin: number; length: number; pieces: Piece[]; holes: Hole[] }

const since = (origin: number, at: string): number => (Date.parse(at) - origin) / 1000;

export function timeline(review: Pick<Review, "from" | "to" | "segments" | "live" | "gaps">): Timeline {
  const segments = [...(review.segments ?? [])].sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
  const starts = [review.from, segments[0]?.start].filter((x): x is string => !!x).map(Date.parse).filter(Number.isFinite);
  const origin = starts.length > 0 ? Math.min(...starts) : 0;
  const pieces = segments.map((s) => piece(s, origin));
  let length = Math.max(0, since(origin, review.to), ...pieces.map((p) => p.to));
  if (review.live) {
    const live = livePiece(review.live, origin, length);
    pieces.push(live);
    length = Math.max(length, live.to);
  }
  if (!Number.isFinite(length)) length = 0;
  return { origin, length, pieces, holes: holes(pieces, review.gaps ?? [], origin, length) };
}

const piece = (s: Segment, origin: number): Piece =>
  ({ from: since(origin, s.start), to: since(origin, s.end), number: s.number, codecs: s.codecs });

function livePiece(live: LiveSegment, origin: number, end: number): Piece {
  const from = since(origin, live.start);
  return { from, to: Math.max(from, end), number: "live", codecs: live.codecs };
}

/** Stretches longer than a second without a recording, and the reason known for each. */
function holes(pieces: Piece[], gaps: Gap[], origin: number, length: number): Hole[] {
  const found: Hole[] = [];
  let end = 0;
  const close = (to: number) => {
    if (to - end > 1) found.push({ from: end, to, gap: reasonFor(gaps, origin, end, to) });
  };
  for (const p of pieces) {
    close(p.from);
    end = Math.max(end, p.to);
  }
  close(length);
  return found;
}

function reasonFor(gaps: Gap[], origin: number, from: number, to: number): Gap | null {
  const overlap = (g: Gap) => Math.min(to, since(origin, g.to)) - Math.max(from, since(origin, g.from));
  return gaps.find((g) => overlap(g) > 0) ?? null;
}

/** The piece that plays at t, or null in a hole. */
export const pieceAt = (pieces: Piece[], t: number): Piece | null =>
  pieces.find((p) => t >= p.from && t < p.to) ?? null;

/** Where playing goes on after a hole at t, or null at the end. */
export function resumeAt(pieces: Piece[], t: number): number | null {
  if (pieceAt(pieces, t)) return t;
  const next = pieces.find((p) => p.from >= t);
  return next ? next.from : null;
}

/** Which pieces should be loaded while t plays: its own and the next one. */
export function wanted(pieces: Piece[], t: number, codecs: string): Piece[] {
  const same = pieces.filter((p) => p.codecs === codecs);
  const i = same.findIndex((p) => p.to > t);
  return i < 0 ? [] : same.slice(i, i + 2);
}

/** A position as a percentage of the whole, within 0..100. */
export function share(t: number, length: number): number {
  return length > 0 ? Math.min(100, Math.max(0, (t / length) * 100)) : 0;
}

export const toPosition = (line: Timeline, at: string): number => since(line.origin, at);
export const toTime = (line: Timeline, t: number): number => line.origin + t * 1000;
