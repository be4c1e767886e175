import { useSignal } from "@preact/signals";
import { api } from "../api";
import { decodeTable, isWorkbook, writeTable } from "../csv";
import { t } from "../i18n";
import { issue } from "../links";
import { hopeless, patiently } from "../patience";
import { checkRows, readRoster, rosterColumns, rosterMost, type Roster, type RosterColumn, type RosterRow, type RowProblem } from "../roster";
import { save } from "../save";
import { me, messageOf } from "../store";
import type { Plan } from "../types";
import { Banner } from "./banner";
import { FileChoice } from "./file-choice";

interface Shown { file: string; rows: RosterRow[]; failed: Map<number, string> }

/** Many examinees out of a table: read and checked here, shown, and only then
 * created, one after another. */
export function PlanImport({ plan, done }: { plan: Plan; done: () => Promise<unknown> }) {
  const shown = useSignal<Shown | null>(null);
  const refused = useSignal("");
  const progress = useSignal<{ done: number; all: number } | null>(null);
  const told = useSignal("");
  const seated = plan.seats.map((s) => s.examinee.student_id);
  const choose = async (file: File) => {
    shown.value = null;
    told.value = refused.value = "";
    const read = await readFile(file, seated);
    if (typeof read === "string") refused.value = read;
    else shown.value = { file: file.name, rows: read, failed: new Map() };
  };
  const run = async (s: Shown) => {
    const good = s.rows.filter((r) => r.problems.length === 0);
    const failed = new Map<number, string>();
    const created = new Set<number>();
    refused.value = "";
    progress.value = { done: 0, all: good.length };
    for (const r of good) {
      try {
        const seat = await patiently(() => api.assign(plan.exam.id, r.examinee));
        issue({ by: me.value!.login, exam: plan.exam.id, examinee: r.examinee, url: seat.examinee_url });
        created.add(r.line);
      } catch (e) {
        failed.set(r.line, messageOf(e));
        if (hopeless(e)) {
          refused.value = t("import.stopped", { text: messageOf(e) });
          break;
        }
      }
      progress.value = { done: progress.value.done + 1, all: good.length };
    }
    progress.value = null;
    told.value = t("import.done", { count: created.size });
    const rest = s.rows.filter((r) => !created.has(r.line));
    shown.value = rest.length > 0 ? { ...s, rows: rest, failed } : null;
    await done();
  };
  const p = progress.value;
  // Checked against the plan as it is by now: an answer that was lost may
  // have been a seat that was given.
  const s = shown.value && { ...shown.value, rows: p ? shown.value.rows : checkRows(shown.value.rows, seated) };
  return (
    <details class="card" open={plan.seats.length === 0 || s !== null} data-testid="import">
      <summary>{t("import.title")}</summary>
      <p class="muted small">{t("import.text", { most: rosterMost })}</p>
      <p class="row">
        <FileChoice label={t("import.choose")} accept=".csv,.txt,.tsv,text/csv" busy={p !== null} choose={choose} testid="import-file" />
        <button type="button" class="button plain" data-testid="import-template" onClick={() => save("qyragy.csv", writeTable([rosterColumns.map((c) => t(`roster.${c}`))]))}>{t("import.template")}</button>
      </p>
      {refused.value && <Banner tone="danger" testid="import-refused">{refused.value}</Banner>}
      {told.value && <Banner tone="ok" testid="import-done">{told.value}</Banner>}
      {p && <Progress done={p.done} all={p.all} label={t("import.running", { done: p.done, count: p.all })} />}
      {s && !p && <Preview shown={s} run={() => run(s)} cancel={() => { shown.value = null; refused.value = ""; }} />}
    </details>
  );
}

export function Progress({ done, all, label }: { done: number; all: number; label: string }) {
  return (
    <div data-testid="progress">
      <p role="status">{label}</p>
      <progress class="backfill-progress" value={done} max={Math.max(all, 1)} aria-label={label} />
    </div>
  );
}

/** A file's rows, or the sentence that says why it has none. */
async function readFile(file: File, seated: string[]): Promise<RosterRow[] | string> {
  if (file.size > 2 << 20) return t("import.large");
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isWorkbook(bytes)) return t("import.workbook");
  const text = decodeTable(bytes);
  if (text === null) return t("import.encoding");
  const titles = Object.fromEntries(rosterColumns.map((c) => [c, t(`roster.${c}`)])) as Record<RosterColumn, string>;
  const roster = readRoster(text, titles, seated);
  return "rows" in roster ? roster.rows : refusal(roster);
}

function refusal(r: Exclude<Roster, { rows: RosterRow[] }>): string {
  switch (r.refused) {
    case "columns": return t("import.columns", { columns: (r.missing ?? []).join(", ") });
    case "many": return t("import.many", { count: r.count ?? 0, most: rosterMost });
    default: return t("import.nothing");
  }
}

export const problemText = (p: RowProblem): string =>
  p.why === "twice" ? t("roster_problem.twice", { line: p.line ?? 0 }) : p.why === "seated" ? t("roster_problem.seated") : `${t(`roster.${p.column}`)}: ${t(`roster_problem.${p.why}`)}`;

function Preview({ shown, run, cancel }: { shown: Shown; run: () => void; cancel: () => void }) {
  const bad = shown.rows.filter((r) => r.problems.length > 0).length;
  const good = shown.rows.length - bad;
  return (
    <>
      <h3>{t("import.preview", { file: shown.file })}</h3>
      <p role="status" data-testid="import-counts">{t("import.counts", { good, bad })}</p>
      <p class="row">
        <button type="button" class="button primary" disabled={good === 0} data-testid="import-confirm" onClick={run}>{t("import.confirm", { count: good })}</button>
        <button type="button" class="button plain" data-testid="import-cancel" onClick={cancel}>{t("cancel")}</button>
      </p>
      <div class="scroll plan-preview" tabIndex={0} role="region" aria-label={t("import.preview", { file: shown.file })}>
        <table>
          <thead><tr><th scope="col">{t("import.line")}</th>{rosterColumns.map((c) => <th key={c} scope="col">{t(`roster.${c}`)}</th>)}<th scope="col">{t("import.problem")}</th></tr></thead>
          <tbody>
            {[...shown.rows].sort((a, b) => rank(a, shown) - rank(b, shown)).map((r) => (
              <tr key={r.line} data-testid="import-row" data-bad={r.problems.length > 0}>
                <td>{r.line}</td>
                {rosterColumns.map((c) => <td key={c}>{r.examinee[c]}</td>)}
                <td class="problem small">{[...r.problems.map(problemText), shown.failed.get(r.line)].filter(Boolean).join(" ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** What somebody must look at comes first. */
const rank = (r: RosterRow, s: Shown): number => (r.problems.length > 0 || s.failed.has(r.line) ? 0 : 1);
