// Who is to sit an exam, as a faculty's table names them, and whose photo a
// file is. Nothing here talks to the server.

import { parseTable } from "./csv";
import type { Examinee } from "./types";

export const rosterColumns = ["student_id", "name", "specialty", "group"] as const;
export type RosterColumn = (typeof rosterColumns)[number];

/** The server's own bounds, characters. */
export const rosterLimits: Record<RosterColumn, number> = { student_id: 64, name: 120, specialty: 200, group: 60 };
export const rosterMost = 500;

/** Why a row cannot be taken; column says where. */
export interface RowProblem { why: "empty" | "long" | "twice" | "seated"; column: RosterColumn; line?: number }

export interface RosterRow { line: number; examinee: Examinee; problems: RowProblem[] }

/** A table's rows, or why it has none. */
export type Roster = { rows: RosterRow[] } | { refused: "nothing" | "columns" | "many"; missing?: RosterColumn[]; count?: number };

/** Reads a table whose first row names its columns, in any order, by their own
 * names or by the words of a language (titles). seated are the student ids
 * that have a seat already. */
export function readRoster(text: string, titles: Record<RosterColumn, string>, seated: string[]): Roster {
  const [head, ...body] = parseTable(text);
  if (!head) return { refused: "nothing" };
  const names = head.cells.map(folded);
  const at = Object.fromEntries(rosterColumns.map((c) =>
    [c, names.findIndex((n) => n === folded(c) || n === folded(titles[c]))])) as Record<RosterColumn, number>;
  const missing = rosterColumns.filter((c) => at[c] < 0);
  if (missing.length > 0) return { refused: "columns", missing };
  if (body.length === 0) return { refused: "nothing" };
  if (body.length > rosterMost) return { refused: "many", count: body.length };
  const rows = body.map(({ line, cells }) => {
    const examinee = Object.fromEntries(rosterColumns.map((c) => [c, tidy(cells[at[c]] ?? "")])) as unknown as Examinee;
    return { line, examinee, problems: [] as RowProblem[] };
  });
  return { rows: checkRows(rows, seated) };
}

/** Rows with their problems found anew. */
export function checkRows(rows: RosterRow[], seated: string[]): RosterRow[] {
  const first = new Map<string, number>();
  const taken = new Set(seated.map(folded));
  return rows.map((r) => {
    const problems = problemsOf(r.examinee);
    const id = folded(r.examinee.student_id);
    if (id && taken.has(id)) problems.push({ why: "seated", column: "student_id" });
    else if (id && first.has(id)) problems.push({ why: "twice", column: "student_id", line: first.get(id) });
    else if (id) first.set(id, r.line);
    return { ...r, problems };
  });
}

/** What the server would refuse about an examinee. */
export function problemsOf(x: Examinee): RowProblem[] {
  return rosterColumns.flatMap((column): RowProblem[] => {
    if (x[column].trim() === "") return [{ why: "empty", column }];
    return [...x[column]].length > rosterLimits[column] ? [{ why: "long", column }] : [];
  });
}

/** Spaces and line ends as one space; a form has room for one line. */
const tidy = (s: string) => s.replace(/[\s\u0000-\u001f]+/g, " ").trim();

const folded = (s: string) => s.normalize("NFC").trim().toLowerCase();

/** Whose photo a file is by its name: the whole name, or a student id that
 * stands in it by itself. "" is nobody's, null more than one's. */
export function photoOf(file: string, ids: string[]): string | "" | null {
  const stem = folded(file.replace(/^.*[\\/]/, "").replace(/\.[^.]*$/, ""));
  const whole = ids.filter((id) => folded(id) === stem);
  if (whole.length > 0) return whole.length === 1 ? whole[0] : null;
  const within = ids.filter((id) => standsIn(folded(id), stem));
  const longest = within.filter((id) => !within.some((other) => other !== id && standsIn(folded(id), folded(other))));
  return longest.length > 1 ? null : longest[0] ?? "";
}

function standsIn(id: string, stem: string): boolean {
  const letter = /[\p{L}\p{N}]/u;
  for (let i = id ? stem.indexOf(id) : -1; i >= 0; i = stem.indexOf(id, i + 1)) {
    if (!letter.test(stem[i - 1] ?? "") && !letter.test(stem[i + id.length] ?? "")) return true;
  }
  return false;
}
