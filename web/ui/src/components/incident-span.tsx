import { clock, duration, given, seconds } from "../format";
import { language, t } from "../i18n";
import type { Incident } from "../types";

/** When an incident was, and how long. */
export function IncidentSpan({ incident: i }: { incident: Incident }) {
  const l = language.value;
  if (!given(i.closed)) return <>{t("incident.since", { time: clock(i.opened, l) })}</>;
  return <>{t("incident.span", { from: clock(i.opened, l), to: clock(i.closed, l), length: duration(seconds(i.opened, i.closed)) })}</>;
}
