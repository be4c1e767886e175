// What the person at the screen may do; the server decides, this only hides
// what it would refuse.

import { me } from "./store";
import { inspectionOrder, signingOrder, type Act, type Role } from "./types";

const holders = {
  proctor: ["proctor", "specialist"], // judge, message, decide an identity
  edit: ["specialist"],
  inspect: inspectionOrder.slice(),
  watch: ["specialist", "head"], // change what is watched for
  plan: ["specialist", "admin"], // schedule exams, give seats, store photos
  arrange: ["specialist", "admin", "head", "registrar"], // see an exam's plan
  approve: ["head", "registrar"], // individual windows
  excuse: ["specialist", "admin", "registrar"], // bring in the documents for them, say where things are in the systems of record
  excuses: ["specialist", "head", "registrar"], // read those documents
  close: ["head"],
  deliveries: ["registrar", "head", "admin", "specialist"], // see what the systems of record are owed
  acknowledge: ["registrar", "admin"], // say that it was done by hand
  register: ["specialist", "engineer", "head", "registrar"], // search it, print, take copies
  archive: ["specialist", "registrar"], // file the paper
} satisfies Record<string, Role[]>;

export function may(right: keyof typeof holders): boolean {
  return me.value?.roles.some((r) => (holders[right] as Role[]).includes(r)) ?? false;
}

/** Who signs an act, in order. */
export const orderOf = (act: Act): readonly Role[] => (act.appendix === "B" ? inspectionOrder : signingOrder);

/** Whether she is the one to act in this role: the one named, if one is. */
export const mayActOn = (act: Act, role: Role): boolean =>
  has(role) && (!act.officials?.[role] || act.officials[role] === me.value?.login);

/** The role in which it is her turn to sign, if it is. */
export const turnOf = (act: Act): Role | undefined => act.turns.find((r) => mayActOn(act, r));

export const has = (role: Role): boolean => me.value?.roles.includes(role) ?? false;
