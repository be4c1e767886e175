import { clock, given } from "../format";
import { language, t } from "../i18n";
import { share, sums, toPosition, toTime, type Stretch, type Timeline, type Track } from "../timeline";
import { stretchKinds, type Incident, type Warning } from "../types";
import { kindsIn, stretchText, sumText } from "./stretch-text";

interface Props { line: Timeline; incidents: Incident[]; warnings: Warning[]; position: number; seek: (t: number) => void }

/** The seat's time from left to right: what became of each second, incidents, warnings. */
export function TimelineBar({ line, incidents, warnings, position, seek }: Props) {
  return (
    <div class="timeline" data-testid="timeline">
      <input type="range" class="timeline-range" min={0} max={Math.max(1, line.length)} step={1} value={position} aria-label={t("review.position")}
        aria-valuetext={clock(toTime(line, position), language.value)} onInput={(e) => seek(Number(e.currentTarget.value))} />
      {line.tracks.map((k) => <Lane key={k.name} track={k} line={line} position={position} seek={seek} />)}
      <div class="timeline-marks">
        {warnings.map((w) => <span key={w.at + w.cause} class="mark warned" style={place(line, toPosition(line, w.at))} title={`${clock(w.at, language.value)} ${t(`warning.${w.cause}`)}`} />)}
        {incidents.map((i) => <IncidentMark key={i.id} incident={i} line={line} seek={seek} />)}
      </div>
      <div class="timeline-ends muted small"><span>{clock(line.origin, language.value)}</span><span>{clock(toTime(line, line.length), language.value)}</span></div>
      <Legend line={line} />
    </div>
  );
}

const place = (line: Timeline, from: number, to = from) => ({ left: `${share(from, line.length)}%`, width: `${share(to - from, line.length)}%` });

function Lane({ track, line, position, seek }: { track: Track; line: Timeline; position: number; seek: (t: number) => void }) {
  const click = (e: MouseEvent) => {
    const box = (e.currentTarget as HTMLElement).getBoundingClientRect();
    seek(((e.clientX - box.left) / box.width) * line.length);
  };
  const open = track.pieces.find((p) => p.open);
  return (
    <div class="timeline-track" onClick={click} data-track={track.name}>
      {track.stretches.map((s) => <StretchMark key={s.from} stretch={s} line={line} />)}
      {open && <span class="stretch live" style={place(line, open.from, open.to)} />}
      {track.pieces.map((p) => <span key={p.key} class="playable" style={place(line, p.from, p.to)} />)}
      <span class="playhead" style={place(line, position)} />
    </div>
  );
}

function StretchMark({ stretch: s, line }: { stretch: Stretch; line: Timeline }) {
  return (
    <span class={`stretch ${s.kind}`} style={place(line, s.from, s.to)} data-kind={s.kind} data-testid={s.kind === "gap" ? "gap" : `stretch-${s.kind}`}
      title={`${clock(toTime(line, s.from), language.value)} ${stretchText(s)}`} />
  );
}

function IncidentMark({ incident: i, line, seek }: { incident: Incident; line: Timeline; seek: (t: number) => void }) {
  const from = toPosition(line, i.opened);
  const to = given(i.closed) ? toPosition(line, i.closed) : line.length;
  const name = `${clock(i.opened, language.value)} ${t(`cause.${i.cause}`)} · ${t(`incident_state.${i.state}`)}`;
  return (
    <button type="button" class={`mark incident ${i.state}`} style={place(line, from, to)} title={name} aria-label={name} data-testid="timeline-incident" onClick={() => seek(from - 10)} />
  );
}

/** What the colours mean, with the sum of each kind of time. */
function Legend({ line }: { line: Timeline }) {
  const { stretches } = line.tracks[0];
  const there = kindsIn(stretches);
  const all = sums(stretches);
  return (
    <div class="legend small" data-testid="sums">
      {stretchKinds.filter((k) => there.includes(k)).map((k) => (
        <span key={k}><i class={`key stretch ${k}`} />{all.filter((s) => s.kind === k).map(sumText).join(", ")}</span>
      ))}
      <span><i class="key incident" />{t("review.key.incident")}</span>
      <span><i class="key warned" />{t("review.key.warning")}</span>
    </div>
  );
}
