import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { clock, duration } from "../format";
import { language, t } from "../i18n";
import { loudest, Player, rates } from "../player";
import { toTime, type Timeline } from "../timeline";
import { Icon } from "./icon";
import { passedText } from "./stretch-text";

interface Props {
  seat: string; line: Timeline; start: number; compact?: boolean;
  /** Positions of incidents, in order, to jump between. */
  marks?: number[];
  control?: RefObject<Player | null>; onPosition?: (t: number) => void;
}

/** A seat's cameras side by side over its whole timeline, with controls of its
 * own: the browser's would show the time since the beginning, not of day. */
export function Playback({ seat, line, start, compact, marks = [], control, onPosition }: Props) {
  const videos = useRef<(HTMLVideoElement | null)[]>([]);
  const player = useSignal<Player | null>(null);
  const names = line.tracks.map((k) => k.name);
  useEffect(() => {
    const p = new Player(videos.current.slice(0, names.length).filter((v) => v !== null), seat, line);
    p.quiet = !!compact;
    player.value = p;
    if (control) control.current = p;
    p.seek(Math.max(0, start));
    if (compact) p.play();
    return () => p.close();
  }, [seat, names.join()]);
  useEffect(() => { player.value?.update(line); }, [line]);
  const p = player.value;
  const position = p?.position.value ?? 0;
  useEffect(() => { onPosition?.(position); }, [position]);
  useEffect(() => {
    if (!p || compact) return;
    const listen = (e: KeyboardEvent) => keys(e, p, marks);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [p, compact, marks]);
  const backfilled = p?.shown.value.some((x) => x?.kind === "backfill");
  return (
    <div class="playback" data-testid="playback" data-mode={p?.mode.value ?? "none"} data-position={position.toFixed(2)} data-shown={p?.shown.value.map((x) => x?.key ?? "").join()}>
      <div class={`playback-tracks tracks-${Math.min(3, names.length)}`}>
        {names.map((name, i) => (
          <figure key={name} class={p && !p.shown.value[i] ? "away" : ""}>
            <video ref={(v) => { videos.current[i] = v; }} playsInline onClick={() => p?.toggle()} aria-label={t("playback.label")}
              data-testid={i === 0 ? "playback-video" : `playback-video-${name}`} />
            {names.length > 1 && <figcaption>{trackName(name)}{p && !p.shown.value[i] ? ` · ${t("playback.away")}` : ""}</figcaption>}
          </figure>
        ))}
        <div class="playback-notices" role="status">
          {backfilled && <span class="notice backfilled" data-testid="playback-backfilled">{t("playback.backfilled")}</span>}
          {p?.passed.value && <span class="notice" data-testid="playback-passed">{passedText(p.passed.value)}</span>}
          {p && p.rate.value > loudest && <span class="notice">{t("playback.muted")}</span>}
          {p?.problem.value && <span class="notice">{t("playback.problem")}</span>}
        </div>
      </div>
      {p && <Bar player={p} line={line} marks={marks} compact={compact} />}
    </div>
  );
}

function Bar({ player: p, line, marks, compact }: { player: Player; line: Timeline; marks: number[]; compact?: boolean }) {
  const position = p.position.value;
  return (
    <div class="playback-bar">
      <button type="button" class="button plain small" data-testid="playback-toggle" onClick={() => p.toggle()}>
        <Icon name={p.playing.value ? "pause" : "play"} size={16} />{t(p.playing.value ? "playback.pause" : "playback.play")}
      </button>
      <Push act={() => p.jump(-10)} name={t("playback.back")} text="−10" />
      <Push act={() => p.jump(10)} name={t("playback.forward")} text="+10" />
      {!compact && <Push act={() => p.step(-1)} name={t("playback.step_back")} text="‹" testid="playback-step-back" />}
      {!compact && <Push act={() => p.step(1)} name={t("playback.step")} text="›" testid="playback-step" />}
      {marks.length > 0 && <Push act={() => toMark(p, marks, -1)} name={t("playback.incident_back")} text="⚑‹" testid="playback-incident-back" />}
      {marks.length > 0 && <Push act={() => toMark(p, marks, 1)} name={t("playback.incident")} text="⚑›" testid="playback-incident" />}
      <span class="speeds" role="group" aria-label={t("playback.speed")}>
        {rates.map((r) => (
          <button key={r} type="button" class="button plain small" aria-pressed={p.rate.value === r} data-testid={`playback-rate-${r}`} onClick={() => p.setRate(r)}>{r}×</button>
        ))}
      </span>
      {line.tracks.some((k) => k.pieces.some((x) => x.open)) && <button type="button" class="button plain small" data-testid="playback-live" onClick={() => p.live()}>{t("playback.live")}</button>}
      <span class="playback-time"><strong>{clock(toTime(line, position), language.value)}</strong> <span class="muted">{duration(position)} / {duration(line.length)}</span></span>
      {!compact && <p class="muted small playback-keys">{t("playback.keys")}</p>}
    </div>
  );
}

function Push({ act, name, text, testid }: { act: () => void; name: string; text: string; testid?: string }) {
  return <button type="button" class="button plain small" onClick={act} aria-label={name} title={name} data-testid={testid}>{text}</button>;
}

/** How long before an incident it is shown, seconds. */
const before = 10;

function toMark(p: Player, marks: number[], direction: 1 | -1): void {
  const here = p.position.value + before;
  const next = direction > 0 ? marks.find((m) => m > here + 0.5) : marks.findLast((m) => m < here - 2);
  if (next !== undefined) p.seek(next - before);
}

const trackName = (name: string): string => (name === "camera" || name === "screen" || name === "room" ? t(`playback.track.${name}`) : name);

/** What the keys do; none is taken from a field, or a space from a button. */
function keys(e: KeyboardEvent, p: Player, marks: number[]): void {
  const on = e.target as HTMLElement;
  if (e.ctrlKey || e.altKey || e.metaKey || on.closest("input, textarea, select, [contenteditable]")) return;
  const act = e.key === " " && on.closest("button, a, summary") ? undefined : acts(p, marks)[e.key];
  if (!act) return;
  act();
  e.preventDefault();
}

const acts = (p: Player, marks: number[]): Record<string, (() => void) | undefined> => ({
  " ": () => p.toggle(),
  ArrowLeft: () => p.jump(-10),
  ArrowRight: () => p.jump(10),
  ",": () => p.step(-1),
  ".": () => p.step(1),
  "[": () => toMark(p, marks, -1),
  "]": () => toMark(p, marks, 1),
  "-": () => p.setRate(rates.findLast((r) => r < p.rate.value) ?? rates[0]),
  "+": () => p.setRate(rates.find((r) => r > p.rate.value) ?? rates[rates.length - 1]),
  "=": () => p.setRate(rates.find((r) => r > p.rate.value) ?? rates[rates.length - 1]),
});
