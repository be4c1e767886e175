import type { ComponentChildren } from "preact";
import type { Tone } from "./banner";
import { Icon, type IconName } from "./icon";

export function Badge(p: { tone?: Tone | "plain"; icon?: IconName; children: ComponentChildren; testid?: string }) {
  return (
    <span class={`badge ${p.tone ?? "plain"}`} data-testid={p.testid}>
      {p.icon && <Icon name={p.icon} size={14} />}
      {p.children}
    </span>
  );
}
