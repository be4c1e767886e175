// The order of the proctor's wall: what needs a look comes first.

import type { Cause, Incident, SeatTile } from "./types";

export const needs = ["open", "closed", "identity", "disconnected", "none"] as const;
export type Need = (typeof needs)[number];

export interface Tile { seat: SeatTile; need: Need; candidates: Incident[]; causes: Cause[] }

export const isCandidate = (i: Incident): boolean => i.state === "open" || i.state === "closed";

export function need(seat: SeatTile, candidates: Incident[]): Need {
  if (candidates.some((i) => i.state === "open")) return "open";
  if (candidates.length > 0) return "closed";
  if (seat.stage === "identified" && seat.identity_accepted === null) return "identity";
  if (seat.stage === "admitted" && (!seat.connected || seat.unrecorded)) return "disconnected";
  return "none";
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
      const candidates = bySeat.get(seat.id) ?? [];
      return { seat, candidates, need: need(seat, candidates), causes: causesOf(candidates) };
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

/** Candidates first, the newest first within each half. */
export function byUrgency(incidents: Incident[]): Incident[] {
  const rank = (i: Incident) => (i.state === "open" ? 0 : i.state === "closed" ? 1 : 2);
  return [...incidents].sort((a, b) => rank(a) - rank(b) || Date.parse(b.opened) - Date.parse(a.opened));
}
