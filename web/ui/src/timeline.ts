// Arithmetic on a seat's recorded time. Positions are seconds since the
// review's beginning; all of a seat's tracks share them.

import type { Account, Backfill, GapCause, LiveSegment, Review, Segment, StretchKind, Stretch as Told } from "./types";

/** Something that can be played. */
export interface Piece {
  /** Names the file, for as long as it exists: it stays when a segment is sealed. */
  key: string;
  kind: "segment" | "backfill";
  number: number;
  from: number;
  to: number;
  /** The position of the file's time 0. */
  zero: number;
  codecs: string;
  /** Pictures a second. */
  rate: number;
  /** Still being written. */
  open: boolean;
}

/** What became of a stretch of time. */
export interface Stretch { from: number; to: number; kind: StretchKind; cause: GapCause | ""; number: number }

/** One camera of a seat. */
export interface Track { name: string; pieces: Piece[]; stretches: Stretch[] }

/** The first track is the examinee's camera. */
export interface Timeline { origin: number; length: number; tracks: Track[] }

type Recorded = Pick<Review, "from" | "to" | "segments" | "live" | "gaps"> & { backfills?: Backfill[] | null; account?: Pick<Account, "from" | "to" | "stretches"> | null };

/** The track of whatever names none. */
export const camera = "camera";

/** Shorter ones are no gaps: the picture before them stands. */
export const slack = 1;

const since = (origin: number, at: string): number => (Date.parse(at) - origin) / 1000;

export function timeline(review: Recorded): Timeline {
  const all = [...(review.segments ?? []), ...(review.live ? [review.live] : [])];
  const starts = [review.from, review.account?.from, ...all.map((s) => s.start)].filter((x): x is string => !!x).map(Date.parse).filter(Number.isFinite);
  const origin = starts.length > 0 ? Math.min(...starts) : 0;
  const names = [...new Set([camera, ...all.map(trackOf), ...(review.backfills ?? []).map(trackOf)])];
  const end = Math.max(0, ...[review.to, review.account?.to ?? "", ...(review.segments ?? []).map((s) => s.end)].map((at) => since(origin, at)).filter(Number.isFinite));
  const tracks = names.map((name) => track(only(review, name), name, origin, end));
  return { origin, length: Math.max(end, ...tracks.flatMap((k) => k.pieces.map((p) => p.to))), tracks };
}

const trackOf = (x: { track?: string }): string => x.track || camera;

/** A review of one track alone. */
function only(review: Recorded, name: string): Recorded {
  const of = <T extends { track?: string }>(list: T[] | null | undefined) => (list ?? []).filter((x) => trackOf(x) === name);
  const live = review.live && trackOf(review.live) === name ? review.live : null;
  const told = of(review.account?.stretches);
  return {
    ...review, segments: of(review.segments), live, gaps: of(review.gaps), backfills: of(review.backfills),
    account: review.account && told.length > 0 ? { ...review.account, stretches: told } : null,
  };
}

function track(review: Recorded, name: string, origin: number, end: number): Track {
  const segments = (review.segments ?? []).map((s) => segmentPiece(s, origin)).sort((a, b) => a.from - b.from);
  if (review.live) segments.push(livePiece(review.live, origin, end));
  const stretches = told(review, origin) ?? guessed(review, segments, origin, end, name === camera);
  const fills = stretches.filter((s) => s.kind === "backfilled").flatMap((s) => backfillPiece(s, review.backfills ?? [], origin));
  const pieces = [...segments, ...fills].sort((a, b) => a.from - b.from);
  return { name, pieces, stretches };
}

function segmentPiece(s: Segment, origin: number): Piece {
  const from = since(origin, s.start);
  const to = since(origin, s.end);
  return { key: `s${s.number}`, kind: "segment", number: s.number, from, to, zero: from, codecs: s.codecs, rate: rateOf(s.frames, to - from), open: false };
}

function livePiece(live: LiveSegment, origin: number, end: number): Piece {
  const from = since(origin, live.start);
  return { key: `s${live.number}`, kind: "segment", number: live.number, from, to: Math.max(from, end), zero: from, codecs: live.codecs, rate: usualRate, open: true };
}

/** The part of a backfill that a stretch shows. */
function backfillPiece(s: Stretch, backfills: Backfill[], origin: number): Piece[] {
  const b = backfills.find((x) => x.number === s.number);
  if (!b) return [];
  const from = since(origin, b.from);
  const rate = rateOf(b.frames, since(origin, b.to) - from);
  return [{ key: `b${b.number}@${s.from.toFixed(3)}`, kind: "backfill", number: b.number, from: s.from, to: s.to, zero: from - b.first_ms / 1000, codecs: b.codecs, rate, open: false }];
}

const usualRate = 15;

const rateOf = (frames: number, length: number): number => {
  const rate = frames / length;
  return rate >= 1 && rate <= 120 ? rate : usualRate;
};

/** The stretches as the server accounts for them, and what lies before. */
function told(review: Recorded, origin: number): Stretch[] | null {
  const list = review.account?.stretches;
  if (!review.account || !list) return null;
  const stretches = list.map((s) => stretch(s, origin));
  const first = stretches[0]?.from ?? since(origin, review.account.from);
  if (first > 0) stretches.unshift({ from: 0, to: first, kind: "not_admitted", cause: "", number: 0 });
  return joined(stretches);
}

const stretch = (s: Told, origin: number): Stretch =>
  ({ from: since(origin, s.from), to: since(origin, s.to), kind: s.kind, cause: s.cause ?? "", number: s.number ?? 0 });

const joined = (list: Stretch[]): Stretch[] => list.reduce<Stretch[]>((out, s) => {
  const last = out.at(-1);
  if (last && s.kind === "unaccounted" && s.to - s.from <= slack) last.to = s.to; // a seam
  else if (last && last.kind === s.kind && last.kind !== "recorded" && last.kind !== "backfilled" && last.cause === s.cause) last.to = s.to;
  else out.push({ ...s });
  return out;
}, []);

/** The same from what is there, for a review without an account; only the
 * examinee's camera must be there for the whole time. */
function guessed(review: Recorded, pieces: Piece[], origin: number, length: number, whole: boolean): Stretch[] {
  const out: Stretch[] = [];
  let end = 0;
  const missing = (to: number) => {
    if (to - end <= slack) return;
    const gap = (review.gaps ?? []).find((g) => Math.min(to, since(origin, g.to)) > Math.max(end, since(origin, g.from)));
    if (gap || whole) out.push({ from: end, to, kind: gap ? "gap" : "unaccounted", cause: gap?.cause ?? "", number: 0 });
  };
  for (const p of pieces) {
    missing(p.from);
    if (p.to > end) out.push({ from: Math.max(end, p.from), to: p.to, kind: "recorded", cause: "", number: p.number });
    end = Math.max(end, p.to);
  }
  missing(length);
  return out;
}

/** What is missing: gaps, and time that nobody accounts for. */
export const holes = (line: Timeline): Stretch[] =>
  line.tracks.flatMap((k) => k.stretches).filter((s) => s.kind === "gap" || s.kind === "unaccounted" && s.to - s.from > slack);

export interface Sum { kind: StretchKind; cause: GapCause | ""; seconds: number; share: number }

/** The sums of a track by kind, gaps by their cause; shares of the whole. */
export function sums(stretches: Stretch[]): Sum[] {
  const whole = stretches.reduce((n, s) => n + s.to - s.from, 0);
  const found: Sum[] = [];
  for (const s of stretches) {
    const cause = s.kind === "gap" ? s.cause : "";
    let sum = found.find((x) => x.kind === s.kind && x.cause === cause);
    if (!sum) found.push(sum = { kind: s.kind, cause, seconds: 0, share: 0 });
    sum.seconds += s.to - s.from;
  }
  const order: StretchKind[] = ["recorded", "backfilled", "gap", "not_admitted", "unaccounted"];
  for (const s of found) s.share = whole > 0 ? s.seconds / whole : 0;
  return found.filter((s) => s.seconds > 0).sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || b.seconds - a.seconds);
}

/** The piece that plays at t, or null in a hole. */
export const pieceAt = (pieces: Piece[], t: number): Piece | null =>
  pieces.findLast((p) => t >= p.from && t < endOf(p)) ?? null;

/** What is still being written has no end yet. */
const endOf = (p: Piece): number => (p.open ? Infinity : p.to);

/** Where playing goes on after a hole at t, or null at the end. */
export function resumeAt(pieces: Piece[], t: number): number | null {
  if (pieceAt(pieces, t)) return t;
  const next = Math.min(...pieces.filter((p) => p.from >= t).map((p) => p.from));
  return Number.isFinite(next) ? next : null;
}

/** Where a piece's last picture stops to stand: seams are no holes. */
export function holdUntil(pieces: Piece[], p: Piece): number {
  const next = pieces.find((x) => x.from >= p.to - 0.001 && x !== p);
  return next && next.from - p.to <= slack + 0.05 ? next.from : p.to;
}

/** What should be in the buffer while t plays: the pieces of the next `ahead`
 * seconds of media, however long the holes between them are. */
export function wanted(pieces: Piece[], t: number, ahead: number): { piece: Piece; from: number; to: number }[] {
  const out: { piece: Piece; from: number; to: number }[] = [];
  for (const piece of pieces) {
    if (endOf(piece) <= t || ahead <= 0) continue;
    const from = Math.max(t, piece.from);
    const to = Math.min(endOf(piece), from + ahead);
    ahead -= to - from;
    out.push({ piece, from, to });
  }
  return out;
}

/** The stretch that a moment lies in. */
export const stretchAt = (stretches: Stretch[], t: number): Stretch | null =>
  stretches.find((s) => t >= s.from && t < s.to) ?? null;

/** A position as a percentage of the whole, within 0..100. */
export function share(t: number, length: number): number {
  return length > 0 ? Math.min(100, Math.max(0, (t / length) * 100)) : 0;
}

export const toPosition = (line: Timeline, at: string): number => since(line.origin, at);
export const toTime = (line: Timeline, t: number): number => line.origin + t * 1000;
