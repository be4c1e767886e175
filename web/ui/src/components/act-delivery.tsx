import { dateTime } from "../format";
import { language, t } from "../i18n";
import { may } from "../rights";
import type { Act } from "../types";
import { Banner } from "./banner";

/** Whether the systems of record have what the act brought about. */
export function ActDeliveryLine({ act }: { act: Act }) {
  const d = act.delivery;
  if (!d) return null;
  const open = may("deliveries") && <> <a href="/deliveries">{t("delivery.alarm_open")}</a></>;
  const parts = d.count > 1 ? ` (${t("delivery.of", { done: d.done, count: d.count })})` : "";
  if (d.state === "acknowledged") {
    return (
      <p class="small muted" data-testid="act-delivery" data-state={d.state}>
        {t("delivery.applied", { at: d.acknowledged ? dateTime(d.acknowledged, language.value) : "" })}{d.reference && <> <small class="muted">{d.reference}</small></>}
      </p>
    );
  }
  return (
    <div data-testid="act-delivery" data-state={d.state}>
      <Banner tone={d.alarm ? "danger" : "warning"}>
        {t("delivery.not_applied")}{parts}{d.reason && <> {t(`delivery.reason.${d.reason}`)}</>}{open}
      </Banner>
    </div>
  );
}
