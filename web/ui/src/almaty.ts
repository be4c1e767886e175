// Moments as a datetime-local field writes them, in the university's zone
// wherever the browser is.

import { zone } from "./format";

/** "2026-11-23T19:00" of a moment; "" for none. */
export function toField(at: string | number | undefined | null): string {
  if (!at) return "";
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const p = Object.fromEntries(new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  }).formatToParts(date).map((x) => [x.type, x.value]));
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
}

/** The moment, RFC 3339, that a field names; "" if it names none. */
export function fromField(value: string): string {
  const utc = Date.parse(`${value}Z`);
  if (Number.isNaN(utc)) return "";
  // The zone's offset, found at the moment itself: it has changed before.
  let at = utc;
  for (let i = 0; i < 2; i++) at = utc - (Date.parse(`${toField(at)}Z`) - Math.floor(at / 60_000) * 60_000);
  return new Date(at).toISOString();
}
