import { clock, duration, given, seconds } from "../format";
import { language, t } from "../i18n";
import type { Incident } from "../types";

/** When an incident was, and how long. */
export function IncidentSpan({ incident: i }: { incident: Incident }) {
  const l = language.value;
  if (!given(i.closed)) return <>{t("incident.since", { time: clock(i.opened, l) })}</>;
  if (clock(i.opened, l) === clock(i.closed, l)) return <>{clock(i.opened, l)}</>; // raised by hand: a moment
  return <>{t("incident.span", { from: clock(i.opened, l), to: clock(i.closed, l), length: duration(seconds(i.opened, i.closed)) })}</>;
}
