import { AnnulledScore } from "../components/annulled-score";
import { BackfillStatus } from "../components/backfill-status";
import { ProctorMessages } from "../components/proctor-messages";
import { Remedies } from "../components/remedies";
import type { Sitting } from "../examinee";
import { dateTime, given } from "../format";
import { language, t } from "../i18n";

/** The end; while something of the recording is still on its way, not quite. */
export function FinishedStep({ sitting }: { sitting: Sitting }) {
  const seat = sitting.seat.value!;
  const backfill = sitting.backfill.value;
  const state = backfill?.status.value.state ?? "idle";
  return (
    <section class="card step-card" data-testid="finished">
      <h1>{t("finished.title")}</h1>
      <p class="lead">{t(state === "idle" || state === "sent" ? "finished.text" : "finished.sending")}</p>
      <BackfillStatus backfill={backfill} />
      {given(seat.finished) && <p class="muted">{t("finished.at", { time: dateTime(seat.finished, language.value) })}</p>}
      <Remedies remedies={seat.remedies ?? []} />
      {seat.act ? <AnnulledScore seat={seat} take={(s) => sitting.take(s)} /> : <p>{t("finished.score")}</p>}
      <ProctorMessages messages={seat.messages ?? []} />
    </section>
  );
}
