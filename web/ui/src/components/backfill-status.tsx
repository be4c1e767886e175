import type { Backfill } from "../backfill";
import { t } from "../i18n";
import { Banner } from "./banner";

/** What this page is doing for the recording while the server cannot. */
export function BackfillStatus({ backfill }: { backfill: Backfill | null }) {
  if (!backfill) return null;
  const { state, percent, seconds, dropped } = backfill.status.value;
  const lost = dropped > 0 && <p>{t("backfill.dropped", { seconds: dropped })}</p>;
  switch (state) {
    case "idle": return null;
    case "keeping":
      if (!backfill.recording) return <Banner tone="warning" title={t("exam.reconnecting")} testid="backfill-blind">{t("exam.reconnecting_todo")}</Banner>;
      return <Banner tone="warning" title={t("backfill.keeping")} testid="backfill-keeping"><p>{t("backfill.keeping_todo")}</p>{lost}</Banner>;
    case "checking": return <Banner tone="info" title={t("backfill.checking")} testid="backfill-checking">{t("backfill.checking_todo")}</Banner>;
    case "sending":
      return (
        <Banner tone="info" title={t("backfill.sending", { percent })} testid="backfill-sending">
          <p>{t("backfill.sending_todo", { seconds })}</p>
          <progress class="backfill-progress" max={100} value={percent} aria-label={t("backfill.sending", { percent })} />
          {lost}
        </Banner>
      );
    case "sent": return <Banner tone="ok" title={t("backfill.sent")} testid="backfill-sent"><p>{t("backfill.sent_text")}</p>{lost}</Banner>;
  }
}
