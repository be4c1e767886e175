import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import type { Wall } from "../store";
import type { SeatTile } from "../types";
import { Viewer } from "../whep";
import { LookAge } from "./look-age";
import { Picture } from "./picture";

/** The newest picture; live video and sound once they are asked for. */
export function LiveView({ wall, seat }: { wall: Wall; seat: SeatTile }) {
  const open = useSignal(false);
  const live = wall.live(seat.id).value;
  return (
    <section class={`live-view ${open.value ? "open" : ""}`}>
      {open.value ? <LiveVideo seat={seat.id} /> : <Picture wall={wall} seat={seat.id} connected={seat.connected} shown={live?.shown} scenery={seat.scenery}>
        {live && seat.connected && <LookAge live={live} degraded={!!wall.dashboard.value?.degraded} />}
      </Picture>}
      <div class="row">
        <button type="button" class="button plain small" aria-pressed={open.value} disabled={!seat.connected && !open.value}
          data-testid="live-toggle" onClick={() => { open.value = !open.value; }}>{t(open.value ? "live.stop" : "live.start")}</button>
        <span class="muted small">{t(open.value ? "live.hint_on" : "live.hint_off")}</span>
      </div>
    </section>
  );
}

function LiveVideo({ seat }: { seat: string }) {
  const video = useRef<HTMLVideoElement>(null);
  const viewer = useSignal<Viewer | null>(null);
  useEffect(() => {
    const v = new Viewer(seat);
    viewer.value = v;
    video.current!.srcObject = v.stream;
    return () => v.stop();
  }, [seat]);
  const state = viewer.value?.state.value ?? "connecting";
  return (
    <span class="picture">
      <video ref={video} autoplay muted playsInline controls data-testid="live-video" data-state={state} aria-label={t("live.label")} />
      {state !== "playing" && <span class="picture-note">{t(`live.${state}`)}</span>}
    </span>
  );
}
