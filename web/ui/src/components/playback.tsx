import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { clock, duration } from "../format";
import { language, t } from "../i18n";
import { Player } from "../player";
import { toTime, type Timeline } from "../timeline";
import { Icon } from "./icon";

const speeds = [1, 1.5, 2, 4, 8];

interface Props { seat: string; line: Timeline; start: number; compact?: boolean; control?: RefObject<Player | null>; onPosition?: (t: number) => void }

/** A video over a seat's whole timeline, with controls of its own: the
 * browser's would show the time since the beginning, not the time of day. */
export function Playback({ seat, line, start, compact, control, onPosition }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const player = useSignal<Player | null>(null);
  const speed = useSignal(1);
  useEffect(() => {
    const p = new Player(video.current!, seat, line);
    player.value = p;
    if (control) control.current = p;
    p.seek(Math.max(0, start));
    if (compact) p.play();
    return () => p.close();
  }, [seat]);
  useEffect(() => { player.value?.update(line); }, [line]);
  const p = player.value;
  const position = p?.position.value ?? 0;
  useEffect(() => { onPosition?.(position); }, [position]);
  const setSpeed = (s: number) => {
    speed.value = s;
    video.current!.playbackRate = s;
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === "ArrowLeft") p?.seek(position - 5);
    else if (e.key === "ArrowRight") p?.seek(position + 5);
    else return;
    e.preventDefault();
  };
  return (
    <div class="playback" data-testid="playback" data-mode={p?.mode.value ?? "none"} data-position={position.toFixed(1)} onKeyDown={keys}>
      <video ref={video} playsInline muted={compact} onClick={() => p?.toggle()} aria-label={t("playback.label")} data-testid="playback-video" />
      <div class="playback-bar">
        <button type="button" class="button plain small" data-testid="playback-toggle" onClick={() => p?.toggle()}>
          <Icon name={p?.playing.value ? "pause" : "play"} size={16} />{t(p?.playing.value ? "playback.pause" : "playback.play")}
        </button>
        <button type="button" class="button plain small" onClick={() => p?.seek(position - 10)} aria-label={t("playback.back")}>−10</button>
        <button type="button" class="button plain small" onClick={() => p?.seek(position + 10)} aria-label={t("playback.forward")}>+10</button>
        <label class="speed">{t("playback.speed")}
          <select value={String(speed.value)} data-testid="playback-speed" onChange={(e) => setSpeed(Number(e.currentTarget.value))}>
            {speeds.map((s) => <option key={s} value={String(s)}>{s}×</option>)}
          </select>
        </label>
        <span class="playback-time"><strong>{clock(toTime(line, position), language.value)}</strong> <span class="muted">{duration(position)} / {duration(line.length)}</span></span>
      </div>
      {p?.problem.value && <p class="muted small" role="status">{t("playback.problem")}</p>}
    </div>
  );
}
