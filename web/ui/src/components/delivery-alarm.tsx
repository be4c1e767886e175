import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../api";
import { t } from "../i18n";
import { may } from "../rights";
import { Banner } from "./banner";

/** Decisions that should be in the systems of record by now, and are not. */
export function DeliveryAlarm() {
  const alarms = useSignal(0);
  useEffect(() => {
    if (!may("deliveries")) return;
    // An answer that fails says nothing of what is owed: the last word stands.
    const load = () => api.deliveries().then((l) => { alarms.value = l.alarms; }, () => undefined);
    load();
    const timer = setInterval(load, 30_000);
    return () => clearInterval(timer);
  }, []);
  if (alarms.value === 0) return null;
  return (
    <Banner tone="danger" testid="delivery-alarm">
      {t("delivery.alarm", { count: alarms.value })} <a href="/deliveries" data-testid="delivery-alarm-open">{t("delivery.alarm_open")}</a>
    </Banner>
  );
}
