import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../api";
import { Badge } from "../components/badge";
import { Loading } from "../components/loading";
import { dateTime, endTime } from "../format";
import { language, t } from "../i18n";
import { may } from "../rights";
import { go, route } from "../route";
import { messageOf } from "../store";
import type { ExamSummary } from "../types";

export function HomePage() {
  const exams = useSignal<ExamSummary[] | null>(null);
  const error = useSignal("");
  const load = async () => {
    error.value = "";
    try {
      const list = await api.exams();
      if (list.length === 1 && arrivedHere()) go(`/proctor/${encodeURIComponent(list[0].id)}`, true);
      else exams.value = list;
    } catch (e) {
      error.value = messageOf(e);
    }
  };
  useEffect(() => { load(); }, []);
  if (!exams.value) return <Loading error={error.value} retry={load} />;
  return (
    <>
      <h1>{t("home.title")}</h1>
      {may("plan") && <p><a class="button primary" href="/exams/new" data-testid="exam-new">{t("home.plan")}</a></p>}
      {exams.value.length === 0 && <p class="empty">{t("home.empty")}</p>}
      <ul class="cards" data-testid="exam-list">{exams.value.map((x) => <Exam key={x.id} exam={x} />)}</ul>
    </>
  );
}

const arrivedHere = () => route.value.page === "home";

function Exam({ exam }: { exam: ExamSummary }) {
  const l = language.value;
  return (
    <li class="card exam-card">
      <a href={`/proctor/${encodeURIComponent(exam.id)}`} data-testid="exam-link"><h2>{exam.title}</h2></a>
      <p>{exam.discipline}</p>
      <p class="muted">{dateTime(exam.opens, l)} – {endTime(exam.opens, exam.closes, l)} · {t(`kind.${exam.kind}`)} · {t(`form.${exam.form}`)}</p>
      <div class="badges">
        <Badge icon="person">{t("home.seats", { count: exam.seats })}</Badge>
        {exam.candidates > 0
          ? <Badge tone="warning" icon="warning">{t("home.candidates", { count: exam.candidates })}</Badge>
          : <Badge tone="ok" icon="check">{t("home.quiet")}</Badge>}
      </div>
      {may("arrange") && <p class="exam-plan"><a href={`/plan/${encodeURIComponent(exam.id)}`} data-testid="exam-plan">{t("plan.open")}</a></p>}
    </li>
  );
}
