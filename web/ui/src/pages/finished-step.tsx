import { AnnulledScore } from "../components/annulled-score";
import { ProctorMessages } from "../components/proctor-messages";
import { dateTime, given } from "../format";
import { language, t } from "../i18n";
import type { MySeat } from "../types";

export function FinishedStep({ seat }: { seat: MySeat }) {
  return (
    <section class="card step-card" data-testid="finished">
      <h1>{t("finished.title")}</h1>
      <p class="lead">{t("finished.text")}</p>
      {given(seat.finished) && <p class="muted">{t("finished.at", { time: dateTime(seat.finished, language.value) })}</p>}
      {seat.act ? <AnnulledScore seat={seat} /> : <p>{t("finished.score")}</p>}
      <ProctorMessages messages={seat.messages ?? []} />
    </section>
  );
}
