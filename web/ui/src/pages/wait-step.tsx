import { Countdown } from "../components/countdown";
import { Remedies } from "../components/remedies";
import type { Sitting } from "../examinee";
import { dateTime } from "../format";
import { language, t } from "../i18n";

/** Consent is given and the exam does not let her in yet. The page goes on by
 * itself. */
export function WaitStep({ sitting }: { sitting: Sitting }) {
  const seat = sitting.seat.value!;
  const l = language.value;
  return (
    <section class="card step-card" data-testid="wait">
      <h1>{t("wait.title", { time: dateTime(seat.exam.opens, l) })}</h1>
      <p class="lead">{seat.exam.title}</p>
      <Remedies remedies={seat.remedies ?? []} />
      <Countdown until={seat.entry} label={t("wait.left")} reached={() => sitting.reload()} />
      <p>{t("wait.text", { entry: dateTime(seat.entry, l) })}</p>
    </section>
  );
}
