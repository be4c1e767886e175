// What an exam watches for, as the page edits it: numbers are text until they
// are sent, so that "1," can be typed on the way to "1,9".

import type { Key } from "./i18n";
import { thresholds, type Cause, type PolicyBody, type RuleBody, type SignOrder, type Threshold } from "./types";

export const modes = ["on", "advice", "off"] as const;
export type Mode = (typeof modes)[number];

export interface RuleDraft { mode: Mode; warn: string; open: string; close: string }

export interface Draft {
  rules: Record<string, RuleDraft>;
  thresholds: Record<Threshold, string>;
  /** In percent, kbit/s and seconds. */
  loss: string; floor: string; evidence: string;
  /** In what order acts are signed that are drawn up from now on. */
  order: SignOrder;
  /** Kept as it is: this page does not edit it. */
  virtual?: string[];
}

/** 1.9 as people write it; at most three digits after the point. */
export const number = (n: number, lang: string): string => {
  const s = String(Math.round(n * 1000) / 1000);
  return lang === "en" ? s : s.replace(".", ",");
};

/** What was typed, with a point or a comma; NaN if it is no number. */
export function parseNumber(text: string): number {
  const s = text.trim().replace(",", ".");
  return /^\d+(\.\d*)?$/.test(s) ? Number(s) : NaN;
}

export function draftOf(p: PolicyBody, lang: string): Draft {
  const n = (x: number) => number(x, lang);
  return {
    rules: Object.fromEntries(Object.entries(p.rules).map(([c, r]) => [c, { mode: r.mode, warn: n(r.warn), open: n(r.open), close: n(r.close) }])),
    thresholds: Object.fromEntries(thresholds.map((k) => [k, n(p.thresholds[k])])) as Record<Threshold, string>,
    loss: n(p.network_loss * 100), floor: n(p.network_floor / 1000), evidence: n(p.evidence),
    order: p.order, virtual: p.virtual_cameras,
  };
}

export function policyOf(d: Draft): PolicyBody {
  return {
    rules: Object.fromEntries(Object.entries(d.rules).map(([c, r]): [string, RuleBody] =>
      [c, { mode: r.mode, warn: parseNumber(r.warn), open: parseNumber(r.open), close: parseNumber(r.close) }])),
    thresholds: Object.fromEntries(thresholds.map((k) => [k, parseNumber(d.thresholds[k])])) as Record<Threshold, number>,
    network_loss: Math.round(parseNumber(d.loss) * 1000) / 100_000,
    network_floor: Math.round(parseNumber(d.floor) * 1000),
    evidence: parseNumber(d.evidence), order: d.order,
    ...(d.virtual && { virtual_cameras: d.virtual }),
  };
}

/** The causes that a picture shows: one look alone is never a candidate. */
const pictured: string[] = ["covered", "blurred", "no_face", "outsider", "identity", "object", "away", "frozen"];

const most = 300; // seconds

/** The least and the most of each threshold; 0 would mean the default. */
export const limits: Record<Threshold, [number, number]> = {
  person: [0.01, 1], phone: [0.01, 1], book: [0.01, 1], laptop: [0.01, 1],
  distance: [0.01, 1.5], yaw: [1, 90], face_width: [1, 400], voice: [0.01, 1],
};

/** Why a rule cannot be saved: a key of the messages, or "". */
export function ruleProblem(cause: string, r: RuleDraft): Key | "" {
  if (r.mode === "off") return "";
  const [warn, open, close] = [r.warn, r.open, r.close].map(parseNumber);
  const times = r.mode === "on" ? [warn, open, close] : [warn];
  if (times.some((s) => !(s <= most))) return "watching.bad_seconds";
  if (r.mode !== "on") return "";
  if (open < warn) return "watching.bad_order";
  if (close === 0) return "watching.bad_close";
  if (pictured.includes(cause) && open < 0.9) return "watching.bad_soon";
  return "";
}

const within = (text: string, [least, top]: [number, number]): boolean => {
  const n = parseNumber(text);
  return n >= least && n <= top;
};

/** Why a number cannot be saved: the names of the fields that are wrong. */
export function problems(d: Draft): string[] {
  return [
    ...Object.entries(d.rules).filter(([c, r]) => ruleProblem(c, r)).map(([c]) => c),
    ...thresholds.filter((k) => !within(d.thresholds[k], limits[k])),
    ...(within(d.loss, [0, 100]) ? [] : ["loss"]),
    ...(within(d.floor, [0, 2000]) ? [] : ["floor"]),
    ...(within(d.evidence, [0, most]) ? [] : ["evidence"]),
  ];
}

export type Field = "mode" | "warn" | "open" | "close" | "value";

/** One thing in which two policies differ. */
export interface Difference { what: Cause | Threshold | "loss" | "floor" | "evidence" | "order"; field: Field; from: string; to: string }

/** In what the second draft differs; times that its mode does not use are not told. */
export function differences(a: Draft, b: Draft): Difference[] {
  const out: Difference[] = [];
  const same = (x: string, y: string) => x === y || parseNumber(x) === parseNumber(y);
  for (const [c, to] of Object.entries(b.rules)) {
    const from = a.rules[c];
    if (!from) continue;
    const what = c as Cause;
    if (from.mode !== to.mode) out.push({ what, field: "mode", from: from.mode, to: to.mode });
    const fields = to.mode === "on" ? (["warn", "open", "close"] as const) : to.mode === "advice" ? (["warn"] as const) : [];
    for (const f of fields) if (!same(from[f], to[f])) out.push({ what, field: f, from: from[f], to: to[f] });
  }
  for (const k of thresholds) if (!same(a.thresholds[k], b.thresholds[k])) out.push({ what: k, field: "value", from: a.thresholds[k], to: b.thresholds[k] });
  for (const k of ["loss", "floor", "evidence"] as const) if (!same(a[k], b[k])) out.push({ what: k, field: "value", from: a[k], to: b[k] });
  if (a.order !== b.order) out.push({ what: "order", field: "value", from: a.order, to: b.order });
  return out;
}

/** A cause's rule as the default has it. */
export const reset = (d: Draft, defaults: Draft, cause: string): Draft =>
  ({ ...d, rules: { ...d.rules, [cause]: { ...defaults.rules[cause] } } });
