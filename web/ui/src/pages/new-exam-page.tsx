import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { fromField } from "../almaty";
import { api, ApiError } from "../api";
import { RecordFields, recordProblems } from "../components/record-fields";
import { Form } from "../components/submit";
import { TextField } from "../components/text-field";
import { t } from "../i18n";
import { may } from "../rights";
import { go } from "../route";
import { serverNow } from "../store";
import { forms, kinds, type ExamForm, type ExamKind, type ExamRecord } from "../types";
import { MissingPage } from "./missing-page";

/** Plans an exam; its seats come afterwards, on its own page. */
export function NewExamPage() {
  if (!may("plan")) return <MissingPage />;
  return (
    <>
      <p><a href="/plan" class="back">← {t("home.title")}</a></p>
      <h1>{t("new_exam.title")}</h1>
      <p class="lead">{t("new_exam.text")}</p>
      <section class="card form-card"><NewExam /></section>
    </>
  );
}

const blank = { title: "", discipline: "", kind: "session" as ExamKind, form: "atk" as ExamForm, opens: "", closes: "", url: "" };
type Draft = typeof blank;
type Problems = Partial<Record<keyof Draft, string>>;

function NewExam() {
  const draft = useSignal<Draft>(blank);
  const record = useSignal<ExamRecord>({});
  const systems = useSignal<string[]>([]);
  const tried = useSignal(false);
  const refused = useSignal<{ field: string; text: string } | null>(null);
  useEffect(() => { api.deliveries().then((d) => { systems.value = d.systems; }, () => undefined); }, []);
  const d = draft.value;
  const change = (next: Partial<Draft>) => {
    refused.value = null;
    draft.value = { ...d, ...next };
  };
  const submit = async () => {
    tried.value = true;
    if (Object.keys(problemsOf(draft.value)).length > 0) {
      focusProblem();
      return;
    }
    try {
      const x = await api.schedule({ ...d, title: d.title.trim(), discipline: d.discipline.trim(), url: d.url.trim(), opens: fromField(d.opens), closes: fromField(d.closes), record: record.value });
      go(`/plan/${encodeURIComponent(x.id)}`);
    } catch (e) {
      const field = e instanceof ApiError ? fields[e.key] : undefined;
      if (!field) throw e;
      refused.value = { field, text: (e as ApiError).message };
      focusProblem();
    }
  };
  const problems = tried.value ? problemsOf(d) : {};
  const wrong = (field: keyof Draft) => problems[field] ?? (refused.value?.field === field ? refused.value.text : undefined);
  const field = (name: "title" | "discipline" | "url" | "opens" | "closes", more: Partial<Parameters<typeof TextField>[0]> = {}) => (
    <TextField label={t(name === "title" ? "new_exam.name" : `new_exam.${name}`)} value={d[name]} change={(v) => change({ [name]: v })} problem={wrong(name)} testid={`exam-${name}`} {...more} />
  );
  return (
    <Form submit={submit} label={t("new_exam.submit")} testid="exam-submit" cancel={{ label: t("cancel"), run: () => go("/plan") }}>
      {field("title", { most: 200 })}
      {field("discipline", { most: 200 })}
      <label class="field">{t("new_exam.kind")}
        <select value={d.kind} data-testid="exam-kind" onChange={(e) => change({ kind: e.currentTarget.value as ExamKind })}>
          {kinds.map((k) => <option key={k} value={k}>{t(`kind.${k}`)}</option>)}
        </select>
      </label>
      <label class="field">{t("new_exam.form")}
        <select value={d.form} data-testid="exam-form" onChange={(e) => change({ form: e.currentTarget.value as ExamForm })}>
          {forms.map((k) => <option key={k} value={k}>{t(`form.${k}`)}</option>)}
        </select>
      </label>
      <div class="field-pair">
        {field("opens", { type: "datetime-local", hint: t("new_exam.zone") })}
        {field("closes", { type: "datetime-local" })}
      </div>
      {field("url", { most: 2000, hint: t("new_exam.url_text") })}
      <fieldset>
        <legend>{t("record.title")}</legend>
        <RecordFields record={record.value} systems={systems.value} problem={refused.value} change={(r) => { refused.value = null; record.value = r; }} />
      </fieldset>
    </Form>
  );
}

const fields: Record<string, string> = { exam_title: "title", exam_times: "closes", exam_url: "url", ...recordProblems };

/** What the server would refuse, told before it is asked. */
function problemsOf(d: Draft): Problems {
  const out: Problems = {};
  if (!d.title.trim()) out.title = t("plan.needed");
  if (!d.discipline.trim()) out.discipline = t("plan.needed");
  const [opens, closes] = [fromField(d.opens), fromField(d.closes)].map((x) => Date.parse(x));
  if (Number.isNaN(opens)) out.opens = t("plan.needed");
  if (Number.isNaN(closes)) out.closes = t("plan.needed");
  else if (closes <= opens) out.closes = t("plan.closes_first");
  else if (closes - opens > 86_400_000) out.closes = t("plan.day_at_most");
  else if (closes <= serverNow()) out.closes = t("plan.past");
  if (d.url.trim() && !/^https?:\/\/\S+$/.test(d.url.trim())) out.url = t("new_exam.url_bad");
  return out;
}

/** Takes the keyboard to the first field that is wrong. */
const focusProblem = () => setTimeout(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
