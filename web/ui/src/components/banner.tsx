import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";

export type Tone = "danger" | "warning" | "info" | "ok";

const icons: Record<Tone, IconName> = { danger: "warning", warning: "warning", info: "info", ok: "check" };

/** A sentence that matters. Dangers and warnings are spoken at once. */
export function Banner(p: { tone: Tone; title?: string; children?: ComponentChildren; testid?: string; quiet?: boolean }) {
  const urgent = p.tone === "danger" || p.tone === "warning";
  return (
    <div class={`banner ${p.tone}`} role={p.quiet ? undefined : urgent ? "alert" : "status"} data-testid={p.testid}>
      <Icon name={icons[p.tone]} size={22} />
      <div class="banner-text">
        {p.title && <strong>{p.title}</strong>}
        {p.children && <div>{p.children}</div>}
      </div>
    </div>
  );
}
