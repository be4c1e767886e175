import { decimal } from "../format";
import { language, t } from "../i18n";
import { staleness } from "../tiles";
import type { Live } from "../types";
import { Icon } from "./icon";

/** How old a picture's last look is, and why when it is not of now. */
export function LookAge({ live, degraded }: { live: Live; degraded: boolean }) {
  const why = staleness(live, degraded);
  if (why === "calibrating") return <span class="picture-note right" data-testid={why}>{t("stale.calibrating")}</span>;
  const age = live.looked && why !== "unanalysed" ? t("wall.age", { seconds: ageText(live.age_ms) }) : "";
  return (
    <span class={`picture-note right ${why ? "late" : ""}`} data-testid={why || "current"}>
      {why && <Icon name="warning" size={14} />}
      <span>{[age, why && t(`stale.${why}`)].filter(Boolean).join(" · ")}</span>
    </span>
  );
}

const ageText = (ms: number): string => decimal(ms / 1000, ms < 10_000 ? 1 : 0, language.value);
