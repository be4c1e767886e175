// What a confirmed incident would tick, and what must be written.

import type { Key } from "./i18n";
import { signingOrder, type Act, type Cause, type Incident, type Officials, type Reason, type Staff } from "./types";

const suggestions: Partial<Record<Cause, Reason>> = {
  covered: "A1", blocked: "A2", blurred: "A3", object: "A4", outsider: "A5", other: "A6",
};

/** The box that a cause suggests; undefined where the regulation has none. */
export const suggestion = (cause: Cause): Reason | undefined => suggestions[cause];

const hints: Cause[] = ["object", "no_face", "away", "voice", "frozen", "virtual"];

/** Whether only a detector says so, of what is never enough by itself. */
export const isHint = (i: Pick<Incident, "cause" | "raised_by">): boolean => hints.includes(i.cause) && !i.raised_by;

/** Why a choice of reasons cannot be sent yet: a key of the messages, or "". */
export function missingInReasons(reasons: Reason[], text: string, hint = false): Key | "" {
  if (reasons.length === 0) return "confirm.choose";
  if (hint && !text.trim()) return "confirm.hint_needed";
  if (reasons.includes("A6") && !text.trim()) return "confirm.text_needed";
  return "";
}

/** Whether somebody is to sign in two roles; three signatures are three people's. */
export function sameTwice(officials: Officials): boolean {
  const logins = Object.values(officials).filter((l) => l);
  return new Set(logins).size < logins.length;
}

/** Those named who are still there and hold their role; others need a substitute. */
export function stillHeld(officials: Officials, staff: Staff[]): Officials {
  return Object.fromEntries(Object.entries(officials).filter(([role, login]) =>
    staff.some((p) => p.login === login && (p.roles as string[]).includes(role))));
}

/** What so many more signatures do to an act: the last one is the one that counts. */
export function sealHint(act: Pick<Act, "appendix" | "signatures">, more = 1): Key {
  const last = (act.signatures?.length ?? 0) + more >= signingOrder.length;
  if (act.appendix === "B") return last ? "sign.last_b" : "sign.not_last_b";
  return last ? "sign.last" : "sign.not_last";
}

/** Where a clip of an incident begins: ten seconds before it. */
export const leadIn = 10;
