// The steps an examinee sees on her way.

import type { MySeat, Stage } from "./types";

/** The steps she sees, and which one a stage is. */
export const steps = ["consent", "check", "identify", "exam", "finished"] as const;
export type Step = (typeof steps)[number];

export function stepOf(stage: Stage): Step {
  switch (stage) {
    case "invited": return "consent";
    case "consented": return "check";
    case "checked":
    case "identified": return "identify";
    case "admitted": return "exam";
    case "finished": return "finished";
  }
}

/** Whether she has consented and the exam does not let her in yet: the server
 * gives nowhere to publish to before that. */
export const waits = (seat: Pick<MySeat, "stage" | "whip">): boolean =>
  !seat.whip && (seat.stage === "consented" || seat.stage === "checked" || seat.stage === "identified");

/** Whether the exam had begun when the server said so. */
export const begun = (seat: Pick<MySeat, "now" | "exam">): boolean => Date.parse(seat.now) >= Date.parse(seat.exam.opens);
