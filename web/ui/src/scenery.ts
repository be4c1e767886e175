// Where a seat's picture shows persons who are none.

import type { Box } from "./types";

/** As many boxes of a seat may be scenery. */
export const sceneryLimit = 8;

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
