import { useSignal } from "@preact/signals";
import { fromField, toField } from "../almaty";
import { api, media } from "../api";
import { dateTime, megabytes } from "../format";
import { language, t } from "../i18n";
import { may } from "../rights";
import { serverNow } from "../store";
import { windowReasons, type PlanSeat, type WindowReason } from "../types";
import { Action, useAction } from "./action";
import { Banner } from "./banner";
import { FileChoice } from "./file-choice";
import { Form } from "./submit";
import { TextField } from "./text-field";

interface Props { seat: PlanSeat; done: () => Promise<unknown> }

/** A seat's own hours (clause 5.3.10): one brings in the document, another approves. */
export function WindowForm({ seat: s, done }: Props) {
  const l = language.value;
  const w = s.window;
  const open = !s.admitted;
  return (
    <section>
      <h3>{t("window.title")}</h3>
      <p class="muted small">{t("window.text")}</p>
      {w && (
        <Banner tone="ok" quiet testid="window-approved">
          {t("window.approved", { from: dateTime(w.from, l), to: dateTime(w.to, l), reason: t(`window_reason.${w.reason}`) })}{w.note && ` ${w.note}`}
        </Banner>
      )}
      {!w && s.excuses.length > 0 && <Banner tone="info" quiet testid="window-waits">{t("window.waits_text")}</Banner>}
      {s.excuses.length > 0 && <Excuses seat={s} />}
      {open && may("excuse") && <Bring seat={s} done={done} />}
      {open && may("approve") && s.excuses.length > 0 && <Approve key={w ? w.from + w.to : ""} seat={s} done={done} />}
      {open && may("approve") && s.excuses.length === 0 && <p class="small">{t("window.document_first")}</p>}
      {open && may("approve") && w && <p><Action look="plain" testid="window-revoke" run={async () => { await api.window(s.id, null); await done(); }}>{t("window.revoke")}</Action></p>}
      {!open && <p class="small">{t("window.admitted")}</p>}
    </section>
  );
}

function Excuses({ seat: s }: { seat: PlanSeat }) {
  const l = language.value;
  return (
    <ul class="plain-list small" data-testid="excuses">
      {s.excuses.map((x) => {
        const text = t("window.document", { kind: x.kind === "application/pdf" ? "PDF" : "JPEG", size: megabytes(x.size, l), by: x.by_name, time: dateTime(x.at, l) });
        return <li key={x.document}>{may("excuses") ? <a href={media.excuse(s.id, x.document)} download>{text}</a> : text}</li>;
      })}
    </ul>
  );
}

function Bring({ seat, done }: Props) {
  const percent = useSignal(0);
  const action = useAction(async (file: File) => {
    if (file.size > 10 << 20) throw new Error(t("window.large"));
    await api.excuse(seat.id, file, (p) => { percent.value = p; });
    await done();
  });
  return (
    <>
      <FileChoice label={action.busy.value ? `${percent.value} %` : t("window.bring")} accept="application/pdf,image/jpeg,.pdf,.jpg,.jpeg" busy={action.busy.value} choose={(f) => action.run(f)} testid="excuse-file" />
      {action.error.value && <Banner tone="danger" testid="excuse-error">{action.error.value}</Banner>}
    </>
  );
}

function Approve({ seat: s, done }: Props) {
  const w = s.window;
  const from = useSignal(toField(w?.from));
  const to = useSignal(toField(w?.to));
  const reason = useSignal<WindowReason>(w?.reason ?? "illness");
  const document = useSignal(w?.document ?? s.excuses[s.excuses.length - 1].document);
  const note = useSignal(w?.note ?? "");
  const tried = useSignal(false);
  const problem = tried.value ? timesProblem(from.value, to.value) : "";
  const submit = async () => {
    tried.value = true;
    if (timesProblem(from.value, to.value)) return;
    await api.window(s.id, { from: fromField(from.value), to: fromField(to.value), reason: reason.value, document: document.value, note: note.value.trim() });
    await done();
  };
  return (
    <Form submit={submit} label={t(w ? "window.change" : "window.approve")} testid="window-approve">
      <div class="field-pair">
        <TextField label={t("window.from")} type="datetime-local" hint={t("new_exam.zone")} value={from.value} testid="window-from" change={(v) => { from.value = v; }} />
        <TextField label={t("window.to")} type="datetime-local" value={to.value} problem={problem} testid="window-to" change={(v) => { to.value = v; }} />
      </div>
      <label class="field">{t("window.reason")}
        <select value={reason.value} data-testid="window-reason" onChange={(e) => { reason.value = e.currentTarget.value as WindowReason; }}>
          {windowReasons.map((r) => <option key={r} value={r}>{t(`window_reason.${r}`)}</option>)}
        </select>
      </label>
      {s.excuses.length > 1 && (
        <label class="field">{t("window.which")}
          <select value={document.value} data-testid="window-document" onChange={(e) => { document.value = e.currentTarget.value; }}>
            {s.excuses.map((x) => <option key={x.document} value={x.document}>{dateTime(x.at, language.value)} · {x.by_name}</option>)}
          </select>
        </label>
      )}
      <TextField label={t("window.note")} value={note.value} most={500} testid="window-note" change={(v) => { note.value = v; }} />
    </Form>
  );
}

function timesProblem(from: string, to: string): string {
  const [a, b] = [fromField(from), fromField(to)].map((x) => Date.parse(x));
  if (Number.isNaN(a) || Number.isNaN(b)) return t("plan.needed");
  if (b <= a) return t("plan.closes_first");
  if (b - a > 86_400_000) return t("plan.day_at_most");
  return b <= serverNow() ? t("plan.past") : "";
}
