import { deviceError } from "../camera-errors";
import type { Sitting } from "../examinee";
import { isBroken } from "../publish";
import { t } from "../i18n";
import { Banner } from "./banner";

/** What this page itself knows to be wrong, until it is right again. */
export function DeviceTrouble({ sitting }: { sitting: Sitting }) {
  const { capture, publishing } = sitting;
  if (capture.state.value === "lost") {
    const name = deviceError(capture.error.value);
    return (
      <Banner tone="danger" title={t("exam.camera_lost")} testid="camera-lost">
        {capture.error.value && <p>{t(`camera_error.${name}`)} {t(`camera_todo.${name}`)}</p>}
        <p>{t("exam.camera_again")}</p>
        <button type="button" class="button plain" data-testid="camera-retry" onClick={() => capture.start()}>{t("check.retry")}</button>
      </Banner>
    );
  }
  if (capture.state.value === "muted") return <Banner tone="danger" title={t("exam.muted")} testid="camera-muted">{t("exam.muted_todo")}</Banner>;
  if (sitting.backfill.value?.status.value.state === "keeping") return null; // which says more
  if (capture.state.value === "live" && isBroken(publishing.value))
    return <Banner tone="warning" title={t("exam.reconnecting")} testid="reconnecting">{t("exam.reconnecting_todo")}</Banner>;
  return null;
}
