// What is said of a stretch of time.

import { decimal, duration, percent } from "../format";
import { language, t } from "../i18n";
import type { Stretch, Sum } from "../timeline";
import type { StretchKind } from "../types";

/** "8 s" for what is short, else minutes and hours. */
export const lengthText = (seconds: number): string =>
  seconds < 59.5 ? t("unit.seconds", { value: seconds < 9.95 ? decimal(seconds, 1, language.value).replace(/[.,]0$/, "") : Math.round(seconds) }) : duration(seconds);

const causeText = (s: { cause: Stretch["cause"] }): string => t(s.cause ? `gap.${s.cause}` : "gap.unknown");

/** A stretch's kind, length and, of a gap, its reason. */
export function stretchText(s: Stretch): string {
  const length = lengthText(s.to - s.from);
  if (s.kind === "gap") return t("review.gap", { length, cause: causeText(s) });
  if (s.kind === "unaccounted") return t("review.unaccounted", { length });
  if (s.kind === "backfilled" && s.cause) return `${t("review.kind.backfilled")}, ${length} (${causeText(s)})`;
  return `${t(`review.kind.${s.kind}`)}, ${length}`;
}

/** What is said when a stretch is passed over. */
export const passedText = (s: Stretch): string =>
  t("playback.passed", { length: lengthText(s.to - s.from), cause: s.kind === "not_admitted" ? t("review.kind.not_admitted") : causeText(s) });

/** "recorded 98.2 %" and, of a gap, why. */
export const sumText = (s: Sum): string =>
  t("review.sum", { kind: t(`review.kind.${s.kind}`) + (s.kind === "gap" ? ` (${causeText(s)})` : ""), share: shareText(s.share), length: lengthText(s.seconds) });

const shareText = (share: number): string => (share >= 0.1 && share < 0.9995 ? decimal(share * 100, 1, language.value) : percent(share, language.value));

/** The kinds that are shown in the legend, as they are drawn. */
export const kindsIn = (stretches: Stretch[]): StretchKind[] => [...new Set(stretches.map((s) => s.kind))];
