// Where a seat's picture shows persons who are none.

import type { Box, SeatTile, Shown } from "./types";

/** As many boxes of a seat may be scenery. */
export const sceneryLimit = 8;

/** A seat's scenery; undefined once its exam is over, when it cannot be changed. */
export const sceneryOf = (seat: SeatTile): Box[] | undefined => (seat.stage === "finished" ? undefined : seat.scenery ?? []);

/** The part of a box that lies within the frame; null if none does. */
export function within(b: Box): Box | null {
  const round = (n: number) => Math.round(n * 1000) / 1000;
  const x = round(Math.min(1, Math.max(0, b.x)));
  const y = round(Math.min(1, Math.max(0, b.y)));
  const w = round(Math.min(1, b.x + b.w) - x);
  const h = round(Math.min(1, b.y + b.h) - y);
  return w > 0 && h > 0 ? { x, y, w, h } : null;
}

/** The scenery with one box more; null if it cannot be had. */
export function added(boxes: Box[], b: Box | null | undefined): Box[] | null {
  const inside = b && within(b);
  return inside && boxes.length < sceneryLimit ? [...boxes, inside] : null;
}

/** A place that may be a mirror: what the candidate was raised for, or what is
 * seen now. */
export interface Place { what: "candidate" | "face" | "person"; box: Box }

/** The places to choose from; a detector cannot know which one is the mirror. */
export function places(peak: Box | undefined, shown: Shown[] = []): Place[] {
  const all: Place[] = peak ? [{ what: "candidate", box: peak }] : [];
  for (const s of shown) {
    const [x, y, w, h] = s.box.map((n) => n / 1000);
    if (s.what === "face" || s.what === "person") all.push({ what: s.what, box: { x, y, w, h } });
  }
  const out: Place[] = [];
  for (const p of all) {
    const box = within(p.box);
    if (box && !out.some((o) => alike(o.box, box))) out.push({ ...p, box });
  }
  return out;
}

/** Whether two boxes are the same place: most of both is common to them. */
function alike(a: Box, b: Box): boolean {
  const side = (p: number, q: number, r: number, s: number) => Math.max(0, Math.min(p + q, r + s) - Math.max(p, r));
  const common = side(a.x, a.w, b.x, b.w) * side(a.y, a.h, b.y, b.h);
  return common > 0.7 * (a.w * a.h + b.w * b.h - common);
}
