import { dateTime, day } from "../format";
import { language, t } from "../i18n";
import { orderOf } from "../rights";
import type { Act } from "../types";
import { SignatureRow } from "./act-form";

/** Appendix B as a page: the form's own words, filled in. */
export function InspectionForm({ act: a }: { act: Act }) {
  const x = a.inspection;
  if (!x) return null;
  const code = x.code || undefined;
  return (
    <article class="paper" data-testid="inspection-form">
      <p class="paper-appendix">{t("form_b.appendix")}</p>
      <h2>{t("form_b.title")}</h2>
      <p>{t("form_b.purpose")} <b>{x.purpose || "—"}</b></p>
      <p>{t("form_b.result")} <b>{x.result || "—"}</b></p>
      <p>{t("form_b.decision")} <b>{x.decision || "—"}</b></p>
      {code && (
        <p class="muted small">
          {t("form_b.code")}: {t(`decision.${code}`)}
          {code === "extra_time" && ` (${t("form_b.minutes", { count: x.minutes ?? 0 })})`}
          {code === "reschedule" && x.from && x.to && ` (${dateTime(x.from, language.value)} – ${dateTime(x.to, language.value)})`}
        </p>
      )}
      <p class="muted small">{t("form_b.seats", { count: x.seats.length })}</p>
      <p>{t("form_b.executors")}</p>
      <table class="paper-signatures"><tbody>
        {orderOf(a).map((role) => <SignatureRow key={role} act={a} role={role} />)}
      </tbody></table>
      <p>{t("form_a.date")} {day(a.drawn_up, language.value)}</p>
      {language.value !== "kk" && <p class="muted small">{t("form_a.translation")}</p>}
    </article>
  );
}
