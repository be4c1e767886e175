import { useSignal } from "@preact/signals";
import { api } from "../api";
import { AnnulledScore } from "../components/annulled-score";
import { Action } from "../components/action";
import { BackfillStatus } from "../components/backfill-status";
import { Badge } from "../components/badge";
import { Countdown } from "../components/countdown";
import { DeviceTrouble } from "../components/device-trouble";
import { NoticeBanner } from "../components/notice-banner";
import { ProctorMessages } from "../components/proctor-messages";
import { Remedies } from "../components/remedies";
import { SelfView } from "../components/self-view";
import { TestLink } from "../components/test-link";
import { TimeLeft } from "../components/time-left";
import type { Sitting } from "../examinee";
import { begun } from "../examinee-steps";
import { clock, shortClock } from "../format";
import { language, t } from "../i18n";
import type { Warning } from "../types";

export function ExamStep({ sitting }: { sitting: Sitting }) {
  const seat = sitting.seat.value!;
  return (
    <div class="exam-step">
      <div class="exam-bar">
        <Recording sitting={sitting} />
        <TimeLeft closes={seat.exam.closes} />
        <SelfView stream={sitting.capture.stream.value} small />
      </div>
      <DeviceTrouble sitting={sitting} />
      <BackfillStatus backfill={sitting.backfill.value} />
      <NoticeBanner sitting={sitting} />
      <Remedies remedies={seat.remedies ?? []} />
      <AnnulledScore seat={seat} take={(s) => sitting.take(s)} />
      <section class="card">
        <h1>{seat.exam.title}</h1>
        <p class="muted">{seat.exam.discipline}</p>
        {begun(seat) ? <TestLink url={seat.exam.url ?? ""} title={seat.exam.title} /> : (
          <>
            <p>{t("exam.admitted_early")}</p>
            <Countdown until={seat.exam.opens} label={t("exam.begins", { time: shortClock(seat.exam.opens, language.value) })} reached={() => sitting.reload()} />
          </>
        )}
      </section>
      <ProctorMessages messages={seat.messages ?? []} />
      <Warnings warnings={seat.warnings ?? []} />
      <Finish sitting={sitting} />
    </div>
  );
}

function Recording({ sitting }: { sitting: Sitting }) {
  const on = sitting.seat.value!.recording && sitting.publishing.value === "up";
  const backfill = sitting.backfill.value;
  const here = !on && backfill?.status.value.state === "keeping" && backfill.recording;
  return (
    <div class={`recording ${on || here ? "on" : "off"}`} role="status" data-testid="exam-recording" data-recording={on} data-here={here}>
      <span class="recording-dot" aria-hidden="true" />
      <strong>{t(on ? "exam.recording" : here ? "exam.recording_here" : "exam.not_recording")}</strong>
    </div>
  );
}

function Warnings({ warnings }: { warnings: Warning[] }) {
  if (warnings.length === 0) return null;
  return (
    <details class="card quiet" data-testid="warnings-past">
      <summary>{t("exam.warnings", { count: warnings.length })}</summary>
      <p class="muted small">{t("exam.warnings_text")}</p>
      <ul class="plain-list">
        {[...warnings].reverse().map((w) => <li key={w.at + w.cause}><Badge icon="clock">{clock(w.at, language.value)}</Badge> {t(`warning.${w.cause}`)}</li>)}
      </ul>
    </details>
  );
}

function Finish({ sitting }: { sitting: Sitting }) {
  const asking = useSignal(false);
  const finish = async () => sitting.take(await api.finish());
  if (!asking.value)
    return (
      <p class="finish">
        <button type="button" class="button plain" data-testid="finish" onClick={() => { asking.value = true; }}>{t("exam.finish")}</button>
      </p>
    );
  return (
    <section class="card finish-ask" role="alertdialog" aria-labelledby="finish-title">
      <h2 id="finish-title">{t("exam.finish_sure")}</h2>
      <p>{t("exam.finish_text")}</p>
      <div class="row">
        <Action run={finish} look="danger" testid="finish-confirm">{t("exam.finish_yes")}</Action>
        <button type="button" class="button plain" data-testid="finish-cancel" onClick={() => { asking.value = false; }}>{t("exam.finish_no")}</button>
      </div>
    </section>
  );
}
