import { useSignal } from "@preact/signals";
import { api } from "../api";
import { Action } from "../components/action";
import type { Sitting } from "../examinee";
import { dateTime, endTime } from "../format";
import { language, t } from "../i18n";

const points = ["what", "why", "who", "how_long", "analysis", "decision", "rights"] as const;

export function ConsentStep({ sitting }: { sitting: Sitting }) {
  const seat = sitting.seat.value!;
  const agreed = useSignal(false);
  const l = language.value;
  const accept = async () => sitting.take(await api.consent(seat.consent_version, l));
  return (
    <section class="card step-card">
      <h1>{t("consent.title")}</h1>
      <p class="lead">{t("consent.intro", { exam: seat.exam.title, opens: dateTime(seat.exam.opens, l), closes: endTime(seat.exam.opens, seat.exam.closes, l) })}</p>
      <dl class="points">
        {points.map((p) => (
          <div key={p}><dt>{t(`consent.${p}.title`)}</dt><dd>{t(`consent.${p}.text`)}</dd></div>
        ))}
      </dl>
      <label class="check consent-check">
        <input type="checkbox" checked={agreed.value} data-testid="consent-check"
          onChange={(e) => { agreed.value = e.currentTarget.checked; }} />
        <span>{t("consent.agree")}</span>
      </label>
      <div class="row">
        <Action run={accept} disabled={!agreed.value} testid="consent-accept" large>{t("consent.accept")}</Action>
      </div>
      <p class="muted small">{t("consent.decline")} {t("consent.version", { version: seat.consent_version })}</p>
    </section>
  );
}
