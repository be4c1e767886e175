import { useSignal } from "@preact/signals";
import { api, ApiError } from "../api";
import { t } from "../i18n";
import { issue } from "../links";
import { checkRows, rosterColumns, rosterLimits } from "../roster";
import { me } from "../store";
import type { Examinee, Plan } from "../types";
import { Banner } from "./banner";
import { problemText } from "./plan-import";
import { Form } from "./submit";
import { TextField } from "./text-field";

const nobody: Examinee = { student_id: "", name: "", specialty: "", group: "" };

/** One more examinee; specialty and group stay for the next one. */
export function PlanAdd({ plan, done }: { plan: Plan; done: () => Promise<unknown> }) {
  const who = useSignal<Examinee>(nobody);
  const enrolment = useSignal("");
  const tried = useSignal(false);
  const added = useSignal("");
  const refused = useSignal("");
  const x = who.value;
  const [row] = checkRows([{ line: 0, examinee: x, problems: [] }], plan.seats.map((s) => s.examinee.student_id));
  const submit = async () => {
    tried.value = true;
    added.value = refused.value = "";
    if (row.problems.length > 0) return;
    const examinee = Object.fromEntries(rosterColumns.map((c) => [c, x[c].trim()])) as unknown as Examinee;
    try {
      const seat = await api.assign(plan.exam.id, examinee, enrolment.value ? { enrolment: enrolment.value.trim() } : {});
      issue({ by: me.value!.login, exam: plan.exam.id, examinee, url: seat.examinee_url });
    } catch (e) {
      if (!(e instanceof ApiError) || !e.key.startsWith("fx_")) throw e;
      refused.value = e.message;
      return;
    }
    added.value = examinee.name;
    tried.value = false;
    who.value = { ...nobody, specialty: x.specialty, group: x.group };
    await done();
  };
  return (
    <details class="card" data-testid="add">
      <summary>{t("plan.add")}</summary>
      <Form submit={submit} label={t("plan.add_submit")} testid="add-submit">
        {rosterColumns.map((c) => {
          const problem = tried.value ? row.problems.find((p) => p.column === c) : undefined;
          return (
            <TextField key={c} label={t(`roster.${c}`)} value={x[c]} most={rosterLimits[c]} problem={problem && problemText(problem)} testid={`add-${c}`}
              change={(v) => { who.value = { ...who.value, [c]: v }; }} />
          );
        })}
        {plan.exam.kind === "fx_retake" && (
          <TextField label={t("plan.enrolment")} hint={t("plan.enrolment_text")} value={enrolment.value} most={64} testid="add-enrolment" problem={refused.value || undefined}
            change={(v) => { enrolment.value = v; }} />
        )}
      </Form>
      {added.value && <Banner tone="ok" testid="added">{t("plan.added", { name: added.value })}</Banner>}
    </details>
  );
}
