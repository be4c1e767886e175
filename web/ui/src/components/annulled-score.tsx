import { dateTime } from "../format";
import { language, t } from "../i18n";
import type { MySeat } from "../types";
import { Banner } from "./banner";

/** The act that came into force over a seat, as its examinee is told of it. */
export function AnnulledScore({ seat }: { seat: MySeat }) {
  const act = seat.act;
  if (!act) return null;
  return (
    <Banner tone={seat.score_annulled ? "danger" : "info"} testid="score-annulled"
      title={t(seat.score_annulled ? "finished.annulled" : "finished.restored")}>
      <p>{t("finished.act", { number: act.number, time: dateTime(act.in_force, language.value) })}</p>
      <ul>{act.reasons.map((r) => <li key={r}>{t(`reason.${r}`)}{r === "A6" && act.other ? `: ${act.other}` : ""}</li>)}</ul>
      <p>{t("finished.rights")}</p>
    </Banner>
  );
}
