import { t } from "../i18n";
import type { ExamRecord } from "../types";
import { TextField } from "./text-field";

interface Props { record: ExamRecord; systems: string[]; choose?: boolean; change: (r: ExamRecord) => void; problem?: { field: string; text: string } | null }

/** What an annulment records, and where the exam is in the systems of record,
 * which are asked for only where there are any. */
export function RecordFields({ record: r, systems, choose, change, problem }: Props) {
  const wrong = (field: string) => (problem?.field === field ? problem.text : undefined);
  const number = (key: "course" | "module" | "quiz" | "value" | "maximum") => (
    <TextField label={t(`record.${key}`)} type="number" value={r[key] === undefined ? "" : String(r[key])} problem={wrong(key)}
      testid={`record-${key}`} change={(v) => change({ ...r, [key]: v === "" ? undefined : Number(v) })} />
  );
  const list = (key: "scores" | "times") => (
    <fieldset class="switches">
      <legend>{t(`record.${key}`)}</legend>
      {systems.map((s) => (
        <label key={s} class="check"><input type="checkbox" checked={r[key]?.includes(s) ?? false} data-testid={`record-${key}-${s}`}
          onChange={(e) => change({ ...r, [key]: systems.filter((x) => (x === s ? e.currentTarget.checked : r[key]?.includes(x))) })} /><span>{s}</span></label>
      ))}
    </fieldset>
  );
  return (
    <>
      <label class="check"><input type="checkbox" checked={r.retake ?? false} data-testid="record-retake" onChange={(e) => change({ ...r, retake: e.currentTarget.checked })} />
        <span>{t("record.retake")}<small class="muted">{t("record.retake_text")}</small></span></label>
      <label class="check"><input type="checkbox" checked={r.blank ?? false} data-testid="record-blank" onChange={(e) => change({ ...r, blank: e.currentTarget.checked, value: undefined })} />
        <span>{t("record.blank")}</span></label>
      {!r.blank && <div class="field-pair">{number("value")}{number("maximum")}</div>}
      {systems.length > 0 && (
        <>
          {choose && list("scores")}
          {choose && list("times")}
          <TextField label={t("record.line_item")} most={500} value={r.line_item ?? ""} problem={wrong("line_item")} testid="record-line-item"
            change={(v) => change({ ...r, line_item: v.trim() || undefined })} />
          <div class="field-pair">{number("course")}{number("module")}{number("quiz")}</div>
        </>
      )}
    </>
  );
}

/** Beside which field a refusal of the server belongs. */
export const recordProblems: Record<string, string> = { record_value: "value", record_ids: "course", record_line_item: "line_item" };
