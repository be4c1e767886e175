import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Banner } from "../components/banner";
import { Brand } from "../components/brand";
import { LanguageSwitch } from "../components/language-switch";
import { Loading } from "../components/loading";
import { Stepper } from "../components/stepper";
import { enter, isSignedOut, Sitting } from "../examinee";
import { stepOf, waits } from "../examinee-steps";
import { t } from "../i18n";
import { takeToken } from "../route";
import { connected, messageOf } from "../store";
import { CheckStep } from "./check-step";
import { ConsentStep } from "./consent-step";
import { ExamStep } from "./exam-step";
import { FinishedStep } from "./finished-step";
import { IdentifyStep } from "./identify-step";
import { WaitStep } from "./wait-step";

/** The examinee's page: in with her link, then step by step to the end. */
export function ExamPage() {
  const sitting = useSignal<Sitting | null>(null);
  const error = useSignal("");
  const token = useRef("");
  const start = async () => {
    error.value = "";
    try {
      await enter(token.current);
      token.current = "";
      sitting.value ??= new Sitting();
    } catch (e) {
      error.value = isSignedOut(e) && !token.current ? t("exam.no_session") : messageOf(e);
    }
  };
  useEffect(() => {
    token.current = takeToken();
    start();
    const again = () => { // another link opened in this tab
      token.current = takeToken();
      if (!token.current) return;
      sitting.value?.close();
      sitting.value = null;
      start();
    };
    window.addEventListener("hashchange", again);
    return () => {
      window.removeEventListener("hashchange", again);
      sitting.value?.close();
    };
  }, []);
  const s = sitting.value;
  const seat = s?.seat.value;
  return (
    <div class="exam-root" data-testid="exam-root" data-stage={seat?.stage ?? "loading"}>
      <header class="header examinee-header">
        <Brand />
        {seat && <span class="who"><strong>{seat.examinee.name}</strong><small>{seat.exam.title}</small></span>}
        <LanguageSwitch />
      </header>
      <main class="exam-main">
        {seat && <Stepper step={stepOf(seat.stage)} />}
        {seat && !connected.value && s?.backfill.value?.status.value.state !== "keeping" && <Banner tone="warning" testid="offline">{t("connection.lost_exam")}</Banner>}
        {s && seat ? <CurrentStep sitting={s} /> : <Loading error={error.value || s?.error.value} retry={start} />}
      </main>
    </div>
  );
}

function CurrentStep({ sitting }: { sitting: Sitting }) {
  const seat = sitting.seat.value!;
  if (waits(seat)) return <WaitStep sitting={sitting} />;
  switch (stepOf(seat.stage)) {
    case "consent": return <ConsentStep sitting={sitting} />;
    case "check": return <CheckStep sitting={sitting} />;
    case "identify": return <IdentifyStep sitting={sitting} />;
    case "exam": return <ExamStep sitting={sitting} />;
    case "finished": return <FinishedStep sitting={sitting} />;
  }
}
