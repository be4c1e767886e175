import { useSignal } from "@preact/signals";
import { api, ApiError } from "../api";
import { t } from "../i18n";
import type { ExamRecord, Plan } from "../types";
import { Banner } from "./banner";
import { RecordFields, recordProblems } from "./record-fields";
import { Form } from "./submit";

/** What an annulment records, and where the exam is in the systems of record. */
export function PlanRecord({ plan, done }: { plan: Plan; done: () => Promise<unknown> }) {
  const record = useSignal<ExamRecord>(plan.record);
  const saved = useSignal(false);
  const problem = useSignal<{ field: string; text: string } | null>(null);
  const change = (r: ExamRecord) => {
    record.value = r;
    saved.value = false;
    problem.value = null;
  };
  const submit = async () => {
    try {
      await api.recordExam(plan.exam.id, record.value);
      saved.value = true;
      await done();
    } catch (e) {
      const field = e instanceof ApiError ? recordProblems[e.key] : undefined;
      if (!field) throw e;
      problem.value = { field, text: (e as ApiError).message };
    }
  };
  return (
    <details class="card" data-testid="record">
      <summary>{t("record.title")}</summary>
      <Form submit={submit} label={t("record.save")} testid="record-save">
        <RecordFields record={record.value} systems={plan.systems} choose change={change} problem={problem.value} />
      </Form>
      {saved.value && <Banner tone="ok" testid="record-saved">{t("record.saved")}</Banner>}
    </details>
  );
}
