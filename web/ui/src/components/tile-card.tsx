import { causeIcons } from "../causes";
import { kilobits, percent } from "../format";
import { language, t } from "../i18n";
import type { Wall } from "../store";
import type { Tile } from "../tiles";
import { Badge } from "./badge";
import { Icon } from "./icon";
import { LookAge } from "./look-age";
import { Picture } from "./picture";

interface Props { wall: Wall; tile: Tile; selected: boolean; select: (seat: string) => void }

export function TileCard({ wall, tile, selected, select }: Props) {
  const { seat } = tile;
  return (
    <li class={`tile need-${tile.need} ${selected ? "selected" : ""}`} data-seat={seat.id} data-need={tile.need} data-testid="tile">
      <button type="button" class="tile-button" aria-pressed={selected} onClick={() => select(selected ? "" : seat.id)}
        aria-label={t("wall.open_seat", { name: seat.examinee.name })} data-testid="tile-open">
        <Picture wall={wall} seat={seat.id} connected={seat.connected}><Overlay wall={wall} seat={seat.id} connected={seat.connected} /></Picture>
        <span class="tile-text">
          <strong class="tile-name">{seat.examinee.name}</strong>
          <span class="muted small">{seat.examinee.group} · {t(`stage.${seat.stage}`)}</span>
          <Marks tile={tile} />
          <Figures wall={wall} seat={seat.id} connected={seat.connected} />
        </span>
      </button>
    </li>
  );
}

function Marks({ tile }: { tile: Tile }) {
  const { seat, candidates, need } = tile;
  return (
    <span class="badges">
      {tile.causes.map((c) => {
        const open = candidates.some((i) => i.cause === c && i.state === "open");
        return <Badge key={c} tone={open ? "danger" : "warning"} icon={causeIcons[c]} testid={`cause-${c}`}>{t(`cause.${c}`)}{open ? "" : ` · ${t("wall.over")}`}</Badge>;
      })}
      {tile.hinted.map((c) => <Badge key={`hint-${c}`} tone="plain" icon={causeIcons[c]} testid={`hint-${c}`}>{t("hint.badge", { cause: t(`cause.${c}`) })}</Badge>)}
      {need === "identity" && <Badge tone="info" icon="person">{t("need.identity")}</Badge>}
      {seat.stage === "admitted" && !seat.connected && <Badge tone="warning" icon="network">{t("need.disconnected")}</Badge>}
      {seat.unrecorded && <Badge tone="danger" icon="warning" testid="unrecorded">{t("need.unrecorded", { cause: t(`gap.${seat.unrecorded}`) })}</Badge>}
      {seat.unaccounted && <Badge tone="danger" icon="warning" testid="unaccounted">{t("need.unaccounted")}</Badge>}
      {seat.identity_accepted === false && <Badge tone="danger" icon="cross">{t("wall.rejected")}</Badge>}
      {seat.score_annulled && <Badge tone="danger" icon="document">{t("wall.annulled")}</Badge>}
    </span>
  );
}

interface LiveProps { wall: Wall; seat: string; connected: boolean }

/** The state of the network, once a second. */
function Figures({ wall, seat, connected }: LiveProps) {
  const live = wall.live(seat).value;
  if (!live || !connected) return <span class="figures">{t("wall.no_media")}</span>;
  const bad = live.loss > 0.05;
  return (
    <span class={`figures ${bad ? "bad" : ""}`}>
      {bad && <Icon name="warning" size={14} />}
      {t("wall.network", { kbit: kilobits(live.bits), loss: percent(live.loss, language.value) })}
    </span>
  );
}

/** On the picture: whether it is recorded, and how old its last look is. */
function Overlay({ wall, seat, connected }: LiveProps) {
  const live = wall.live(seat).value;
  if (!live || !connected) return null;
  return (
    <>
      {live.recording && <span class="picture-note top"><span class="recording-dot" aria-hidden="true" />{t("wall.rec")}</span>}
      <LookAge live={live} degraded={!!wall.dashboard.value?.degraded} />
    </>
  );
}
