import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import type { Wall } from "../store";
import type { Box, Shown } from "../types";
import { Boxes } from "./boxes";
import { Icon } from "./icon";

interface Props {
  wall: Wall; seat: string; connected: boolean; children?: ComponentChildren;
  /** What to draw over the picture. */
  shown?: Shown[]; scenery?: Box[];
}

/** The newest thumbnail of a seat, or why there is none. */
export function Picture({ wall, seat, connected, children, shown, scenery }: Props) {
  const url = wall.picture(seat).value;
  const size = useSignal<[number, number]>([320, 240]);
  const measure = ({ naturalWidth: w, naturalHeight: h }: HTMLImageElement) => {
    if (w > 0 && (w !== size.value[0] || h !== size.value[1])) size.value = [w, h];
  };
  return (
    <span class={`picture ${connected ? "" : "stale"}`}>
      {url
        ? <img src={url} alt="" data-testid="thumbnail" onLoad={(e) => measure(e.currentTarget)} />
        : <span class="no-picture"><Icon name="camera" size={28} />{t(connected ? "wall.picture_soon" : "wall.no_camera")}</span>}
      {url && <Boxes size={size.value} shown={connected ? shown : []} scenery={scenery} />}
      {children}
      {url && !connected && <span class="picture-note">{t("wall.last_picture")}</span>}
    </span>
  );
}
