// The steps an examinee sees on her way.

import type { Stage } from "./types";

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
