// The order of the proctor's wall: what needs a look comes first.

import { isHint } from "./judgement";
import type { Cause, Incident, Live, SeatTile } from "./types";

export const needs = ["open", "closed", "identity", "disconnected", "hint", "none"] as const;
export type Need = (typeof needs)[number];

/** A seat on the wall; hints are those of its candidates that only a detector
 * has seen and that are never enough by themselves. */
export interface Tile { seat: SeatTile; need: Need; candidates: Incident[]; causes: Cause[]; hints: Incident[]; hinted: Cause[] }

export const isCandidate = (i: Incident): boolean => i.state === "open" || i.state === "closed";

export function need(seat: SeatTile, candidates: Incident[], hints: Incident[] = []): Need {
  if (candidates.some((i) => i.state === "open")) return "open";
  if (candidates.length > 0) return "closed";
  if (seat.stage === "identified" && seat.identity_accepted === null) return "identity";
  if (seat.stage === "admitted" && (!seat.connected || seat.unrecorded)) return "disconnected";
  return hints.length > 0 ? "hint" : "none";
}

export function arrange(seats: SeatTile[], incidents: Incident[], language: string): Tile[] {
  const bySeat = new Map<string, Incident[]>();
  for (const i of incidents) {
    if (!isCandidate(i)) continue;
    const list = bySeat.get(i.seat);
    if (list) list.push(i);
    else bySeat.set(i.seat, [i]);
  }
  const order = new Intl.Collator(language);
  return seats
    .map((seat): Tile => {
      const all = bySeat.get(seat.id) ?? [];
      const hints = all.filter(isHint);
      const candidates = all.filter((i) => !isHint(i));
      return { seat, candidates, hints, need: need(seat, candidates, hints), causes: causesOf(candidates), hinted: causesOf(hints) };
    })
    .sort((a, b) =>
      needs.indexOf(a.need) - needs.indexOf(b.need) ||
      Number(b.seat.connected) - Number(a.seat.connected) ||
      order.compare(a.seat.examinee.name, b.seat.examinee.name) ||
      order.compare(a.seat.id, b.seat.id));
}

/** Each cause once, what is going on before what is over. */
function causesOf(candidates: Incident[]): Cause[] {
  const open = candidates.filter((i) => i.state === "open");
  const closed = candidates.filter((i) => i.state === "closed");
  return [...new Set([...open, ...closed].map((i) => i.cause))];
}

/** Why a look is not what it should be: a part of a message's key, or "". */
export type Staleness = "" | "unanalysed" | "never" | "calibrating" | "degraded" | "late";

/** A look older than this is not of now, ms. */
const current = 3000;

/** Whether a picture's newest look is of now; if not, why. */
export function staleness(live: Live, degraded: boolean): Staleness {
  if (live.unanalysed) return "unanalysed";
  if (!live.looked) return degraded ? "degraded" : "never";
  if (live.age_ms > current) return degraded ? "degraded" : "late";
  return live.calibrating ? "calibrating" : "";
}

/** Candidates first, then hints, then what is judged; in each what goes on
 * first, and the newest. */
export function byUrgency(incidents: Incident[]): Incident[] {
  const rank = (i: Incident) => (!isCandidate(i) ? 4 : (isHint(i) ? 2 : 0) + (i.state === "open" ? 0 : 1));
  return [...incidents].sort((a, b) => rank(a) - rank(b) || Date.parse(b.opened) - Date.parse(a.opened));
}
