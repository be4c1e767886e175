import type { Act, Role } from "./types";

/** Whose hands a scan is said to show once a box is ticked or not: who signs
 * after others comes with them, and goes with them. At least one is left. */
export function handsAfter(act: Pick<Act, "appendix" | "order">, left: readonly Role[], before: readonly Role[], role: Role, on: boolean): Role[] {
  const needs = (r: Role) => (act.order !== "any" ? left.slice(0, left.indexOf(r)) : act.appendix !== "B" && r === "head" ? left.filter((x) => x !== "head") : []);
  const now = left.filter((r) => (on ? r === role || before.includes(r) || needs(role).includes(r) : before.includes(r) && r !== role && !needs(r).includes(role)));
  return now.length > 0 ? now : [role];
}
