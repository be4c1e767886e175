import type { ComponentChildren } from "preact";
import { clock } from "../format";
import { language, t } from "../i18n";
import { holes, toPosition, toTime, type Timeline } from "../timeline";
import type { Review } from "../types";
import { stretchText } from "./stretch-text";

interface Props { review: Review; line: Timeline; seek: (t: number) => void }

/** Gaps, warnings, messages and what the examinee's page reported. */
export function ReviewLists({ review, line, seek }: Props) {
  const row = (at: string, text: string) => <Row key={at + text} at={at} text={text} seek={() => seek(toPosition(line, at))} />;
  const filled = line.tracks.flatMap((k) => k.stretches).filter((s) => s.kind === "backfilled");
  return (
    <div class="review-lists">
      <List title={t("review.gaps")} empty={t("review.no_gaps")}>
        {holes(line).map((h) => row(new Date(toTime(line, h.from)).toISOString(), stretchText(h)))}
      </List>
      {filled.length > 0 && (
        <List title={t("review.backfills")} empty={t("review.none")}>
          {filled.map((s) => row(new Date(toTime(line, s.from)).toISOString(), stretchText(s)))}
        </List>
      )}
      <List title={t("review.warnings")} empty={t("review.none")}>{(review.warnings ?? []).map((w) => row(w.at, t(`warning.${w.cause}`)))}</List>
      <List title={t("review.messages")} empty={t("review.none")}>{(review.messages ?? []).map((m) => row(m.at, `${m.by_name || m.by || ""}: ${m.text}`))}</List>
      <List title={t("review.reports")} empty={t("review.none")}>
        {(review.reports ?? []).map((r) => row(r.at, t(`report.${r.kind}`) + (r.detail ? ` — ${r.detail}` : "")))}
      </List>
    </div>
  );
}

function List({ title, empty, children }: { title: string; empty: string; children: ComponentChildren[] }) {
  return (
    <section>
      <h2>{title}</h2>
      {children.length === 0 ? <p class="muted">{empty}</p> : <ul class="plain-list log">{children}</ul>}
    </section>
  );
}

function Row({ at, text, seek }: { at: string; text: string; seek: () => void }) {
  return (
    <li>
      <button type="button" class="time-link" onClick={seek} aria-label={t("review.seek", { time: clock(at, language.value) })}>{clock(at, language.value)}</button>
      <span>{text}</span>
    </li>
  );
}
