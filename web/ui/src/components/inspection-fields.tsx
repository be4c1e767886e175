import { t } from "../i18n";
import { decisions, type Decision, type InspectionText } from "../types";

interface Props { text: InspectionText; change: (x: InspectionText) => void }

/** What people write of an inspection: the form's three blanks and the decision's code. */
export function InspectionFields({ text: x, change }: Props) {
  const passage = (key: "purpose" | "result" | "decision", rows: number) => (
    <label class="field">{t(`form_b.${key}`)}
      <textarea rows={rows} maxLength={2000} value={x[key]} data-testid={`inspection-${key}`} onInput={(e) => change({ ...x, [key]: e.currentTarget.value })} />
    </label>
  );
  return (
    <>
      {passage("purpose", 3)}
      {passage("result", 3)}
      {passage("decision", 2)}
      <label class="field">{t("form_b.code")}
        <select value={x.code ?? ""} data-testid="inspection-code" onChange={(e) => change(decide(x, e.currentTarget.value as Decision | ""))}>
          <option value="">{t("inspect.later")}</option>
          {decisions.map((d) => <option key={d} value={d}>{t(`decision.${d}`)}</option>)}
        </select>
      </label>
      {x.code === "extra_time" && (
        <label class="field">{t("inspect.minutes")}
          <input type="number" min={1} max={240} value={x.minutes ?? ""} data-testid="inspection-minutes" onInput={(e) => change({ ...x, minutes: e.currentTarget.valueAsNumber || undefined })} />
        </label>
      )}
      {x.code === "reschedule" && (
        <>
          <When label={t("inspect.from")} value={x.from} change={(from) => change({ ...x, from })} />
          <When label={t("inspect.to")} value={x.to} change={(to) => change({ ...x, to })} />
        </>
      )}
    </>
  );
}

/** Another decision drops what only the one before had. */
const decide = (x: InspectionText, code: Decision | ""): InspectionText =>
  ({ purpose: x.purpose, result: x.result, decision: x.decision, code: code || undefined, minutes: code === "extra_time" ? x.minutes : undefined });

function When({ label, value, change }: { label: string; value?: string; change: (v: string | undefined) => void }) {
  return (
    <label class="field">{label}
      <input type="datetime-local" value={local(value)} onChange={(e) => change(e.currentTarget.value ? new Date(e.currentTarget.value).toISOString() : undefined)} />
    </label>
  );
}

/** A moment as datetime-local writes it, in the reader's own time. */
function local(value?: string): string {
  if (!value) return "";
  const d = new Date(value);
  return new Date(d.getTime() - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
