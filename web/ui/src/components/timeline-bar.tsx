import { clock, duration } from "../format";
import { language, t } from "../i18n";
import { share, toPosition, toTime, type Hole, type Timeline } from "../timeline";
import type { Incident, Warning } from "../types";
import { given } from "../format";

interface Props { line: Timeline; incidents: Incident[]; warnings: Warning[]; position: number; seek: (t: number) => void }

/** The seat's time from left to right: segments, hatched gaps, incidents, warnings. */
export function TimelineBar({ line, incidents, warnings, position, seek }: Props) {
  const place = (from: number, to = from) => ({ left: `${share(from, line.length)}%`, width: `${share(to - from, line.length)}%` });
  const click = (e: MouseEvent) => {
    const box = (e.currentTarget as HTMLElement).getBoundingClientRect();
    seek(((e.clientX - box.left) / box.width) * line.length);
  };
  return (
    <div class="timeline" data-testid="timeline">
      <input type="range" class="timeline-range" min={0} max={Math.max(1, line.length)} step={1} value={position} aria-label={t("review.position")}
        aria-valuetext={clock(toTime(line, position), language.value)} onInput={(e) => seek(Number(e.currentTarget.value))} />
      <div class="timeline-track" onClick={click}>
        {line.pieces.map((p) => <span key={p.number} class={`piece ${p.number === "live" ? "live" : ""}`} style={place(p.from, p.to)} />)}
        {line.holes.map((h) => <span key={h.from} class="hole" style={place(h.from, h.to)} title={holeText(h)} data-testid="gap" />)}
        <span class="playhead" style={place(position)} />
      </div>
      <div class="timeline-marks">
        {warnings.map((w) => <span key={w.at + w.cause} class="mark warned" style={place(toPosition(line, w.at))} title={`${clock(w.at, language.value)} ${t(`warning.${w.cause}`)}`} />)}
        {incidents.map((i) => <IncidentMark key={i.id} incident={i} line={line} seek={seek} />)}
      </div>
      <div class="timeline-ends muted small"><span>{clock(line.origin, language.value)}</span><Legend /><span>{clock(toTime(line, line.length), language.value)}</span></div>
    </div>
  );
}

function IncidentMark({ incident: i, line, seek }: { incident: Incident; line: Timeline; seek: (t: number) => void }) {
  const from = toPosition(line, i.opened);
  const to = given(i.closed) ? toPosition(line, i.closed) : line.length;
  const name = `${clock(i.opened, language.value)} ${t(`cause.${i.cause}`)} · ${t(`incident_state.${i.state}`)}`;
  return (
    <button type="button" class={`mark incident ${i.state}`} style={{ left: `${share(from, line.length)}%`, width: `${share(to - from, line.length)}%` }}
      title={name} aria-label={name} data-testid="timeline-incident" onClick={() => seek(from - 10)} />
  );
}

export const holeText = (h: Hole): string =>
  t("review.gap", { length: duration(h.to - h.from), cause: t(h.gap ? `gap.${h.gap.cause}` : "gap.unknown") });

function Legend() {
  return (
    <span class="legend">
      <span><i class="key piece" />{t("review.key.recorded")}</span>
      <span><i class="key hole" />{t("review.key.gap")}</span>
      <span><i class="key incident" />{t("review.key.incident")}</span>
      <span><i class="key warned" />{t("review.key.warning")}</span>
    </span>
  );
}
