import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { Badge } from "./badge";
import type { Tone } from "./banner";
import { Icon, type IconName } from "./icon";

export const checkStates = ["ok", "warn", "bad", "wait"] as const;
export type CheckState = (typeof checkStates)[number];

const tones: Record<CheckState, Tone | "plain"> = { ok: "ok", warn: "warning", bad: "danger", wait: "plain" };
const marks: Record<CheckState, IconName> = { ok: "check", warn: "warning", bad: "cross", wait: "clock" };

/** One line of the device check: what was tried, how it stands, what to do. */
export function CheckRow(p: { icon: IconName; title: string; state: CheckState; text: string; testid: string; children?: ComponentChildren }) {
  return (
    <li class={`check-row ${p.state}`} data-testid={p.testid} data-state={p.state}>
      <Icon name={p.icon} size={24} />
      <div class="check-body">
        <div class="check-title"><strong>{p.title}</strong><Badge tone={tones[p.state]} icon={marks[p.state]}>{t(`check_state.${p.state}`)}</Badge></div>
        <p>{p.text}</p>
        {p.children}
      </div>
    </li>
  );
}
