import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../api";
import { Banner } from "../components/banner";
import { Loading } from "../components/loading";
import { PlanAdd } from "../components/plan-add";
import { PlanImport } from "../components/plan-import";
import { PlanLinks } from "../components/plan-links";
import { PlanPhotos } from "../components/plan-photos";
import { PlanRecord } from "../components/plan-record";
import { PlanTable } from "../components/plan-table";
import { dateTime, shortClock } from "../format";
import { language, t } from "../i18n";
import { may } from "../rights";
import { messageOf, setClock } from "../store";
import type { Plan } from "../types";
import { MissingPage } from "./missing-page";

/** An exam before it begins: its seats, their photos, links and windows. */
export function PlanPage({ exam }: { exam: string }) {
  if (!may("arrange")) return <MissingPage />;
  return <Planning exam={exam} />;
}

function Planning({ exam }: { exam: string }) {
  const plan = useSignal<Plan | null>(null);
  const error = useSignal("");
  const load = async () => {
    try {
      const p = await api.plan(exam);
      setClock(p.now);
      plan.value = p;
      error.value = "";
    } catch (e) {
      error.value = messageOf(e);
    }
  };
  useEffect(() => { load(); }, [exam]);
  const p = plan.value;
  if (!p) return <Loading error={error.value} retry={load} />;
  const l = language.value;
  const over = Date.parse(p.exam.closes) < Date.parse(p.now);
  const editable = may("plan") && !over;
  return (
    <>
      <p><a href={`/proctor/${encodeURIComponent(exam)}`} class="back">← {t("plan.wall")}</a></p>
      <h1>{p.exam.title}</h1>
      <p class="lead">{p.exam.discipline} · {t(`kind.${p.exam.kind}`)} · {t(`form.${p.exam.form}`)}</p>
      <p data-testid="plan-times">{dateTime(p.exam.opens, l)} – {shortClock(p.exam.closes, l)} <span class="muted small">{t("new_exam.zone")}</span></p>
      {error.value && <Banner tone="warning" testid="plan-error">{error.value}</Banner>}
      {over && <Banner tone="info" quiet testid="plan-over">{t("plan.over")}</Banner>}
      <PlanLinks exam={exam} title={p.exam.title} />
      {editable && (
        <div class="plan-tools">
          <PlanImport plan={p} done={load} />
          <PlanAdd plan={p} done={load} />
          {p.seats.length > 0 && <PlanPhotos seats={p.seats} done={load} />}
        </div>
      )}
      <PlanTable plan={p} editable={editable} done={load} />
      {may("excuse") && <PlanRecord plan={p} done={load} />}
    </>
  );
}
