// What a confirmed incident would tick, and what must be written.

import type { Key } from "./i18n";
import type { Cause, Reason } from "./types";

const suggestions: Partial<Record<Cause, Reason>> = {
  covered: "A1", blocked: "A2", blurred: "A3", object: "A4", outsider: "A5", other: "A6",
};

/** The box that a cause suggests; undefined where the regulation has none. */
export const suggestion = (cause: Cause): Reason | undefined => suggestions[cause];

/** Why a choice of reasons cannot be sent yet: a key of the messages, or "". */
export function missingInReasons(reasons: Reason[], text: string): Key | "" {
  if (reasons.length === 0) return "confirm.choose";
  if (reasons.includes("A6") && !text.trim()) return "confirm.text_needed";
  return "";
}

/** Where a clip of an incident begins: ten seconds before it. */
export const leadIn = 10;
