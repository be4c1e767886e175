import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import type { Wall } from "../store";
import { Icon } from "./icon";

interface Props { wall: Wall; seat: string; connected: boolean; children?: ComponentChildren }

/** The newest thumbnail of a seat, or why there is none. */
export function Picture({ wall, seat, connected, children }: Props) {
  const url = wall.picture(seat).value;
  return (
    <span class={`picture ${connected ? "" : "stale"}`}>
      {url
        ? <img src={url} alt="" data-testid="thumbnail" />
        : <span class="no-picture"><Icon name="camera" size={28} />{t(connected ? "wall.picture_soon" : "wall.no_camera")}</span>}
      {children}
      {url && !connected && <span class="picture-note">{t("wall.last_picture")}</span>}
    </span>
  );
}
