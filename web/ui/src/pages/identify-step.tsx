import { api } from "../api";
import { Action } from "../components/action";
import { Banner } from "../components/banner";
import { DeviceTrouble } from "../components/device-trouble";
import { NoticeBanner } from "../components/notice-banner";
import { ProctorMessages } from "../components/proctor-messages";
import { SelfView } from "../components/self-view";
import type { Sitting } from "../examinee";
import { t } from "../i18n";

export function IdentifyStep({ sitting }: { sitting: Sitting }) {
  const seat = sitting.seat.value!;
  const take = async () => sitting.take(await api.identify());
  const waiting = seat.stage === "identified" && seat.identity_accepted === null;
  const ready = sitting.publishing.value === "up" && sitting.capture.state.value === "live";
  return (
    <section class="card step-card">
      <h1>{t("identify.title")}</h1>
      <p class="lead">{t("identify.intro")}</p>
      <DeviceTrouble sitting={sitting} />
      <NoticeBanner sitting={sitting} />
      <div class="check-grid">
        <div class="check-picture"><SelfView stream={sitting.capture.stream.value} /></div>
        <div class="identify-side">
          <ul class="hints">
            <li>{t("identify.hint.face")}</li>
            <li>{t("identify.hint.light")}</li>
            <li>{t("identify.hint.alone")}</li>
          </ul>
          {seat.identity_accepted === false && <Banner tone="danger" title={t("identify.rejected.title")} testid="identify-rejected">{t("identify.rejected.text")}</Banner>}
          {waiting && (
            <Banner tone="info" title={t("identify.waiting.title")} testid="identify-waiting">
              <p>{t(`identify.verdict.${seat.identity?.verdict ?? "unsure"}`)}</p>
              <p>{t("identify.waiting.text")}</p>
            </Banner>
          )}
          <div class="row">
            <Action run={take} look={waiting ? "plain" : "primary"} disabled={!ready} testid="identify-take" large={!waiting}>
              {t(seat.stage === "identified" ? "identify.again" : "identify.take")}
            </Action>
          </div>
        </div>
      </div>
      <ProctorMessages messages={seat.messages ?? []} />
    </section>
  );
}
