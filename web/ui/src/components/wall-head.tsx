import { dateTime, endTime } from "../format";
import { language, t } from "../i18n";
import { may } from "../rights";
import type { Tile } from "../tiles";
import type { Dashboard } from "../types";
import { Badge } from "./badge";

export interface Filter { text: string; look: boolean }

interface Props { dashboard: Dashboard; tiles: Tile[]; filter: Filter; change: (f: Filter) => void }

export function WallHead({ dashboard: d, tiles, filter, change }: Props) {
  const l = language.value;
  const count = (need: Tile["need"]) => tiles.filter((x) => x.need === need).length;
  const candidates = tiles.reduce((n, x) => n + x.candidates.length, 0);
  const faults = (d.incidents ?? []).filter((i) => i.fault && (i.state === "open" || i.state === "closed")).length;
  const hints = tiles.reduce((n, x) => n + x.hints.length, 0);
  return (
    <div class="wall-head">
      <div>
        <h1>{d.exam.title}</h1>
        <p class="muted">{d.exam.discipline} · {dateTime(d.exam.opens, l)} – {endTime(d.exam.opens, d.exam.closes, l)}</p>
      </div>
      <div class="badges" role="status" data-testid="wall-summary">
        <Badge icon="person">{t("wall.present", { here: d.seats.filter((s) => s.connected).length, all: d.seats.length })}</Badge>
        <Badge tone={candidates > 0 ? "danger" : "ok"} icon={candidates > 0 ? "warning" : "check"}>{t("wall.candidates", { count: candidates })}</Badge>
        {hints > 0 && <Badge icon="eye" testid="wall-hints">{t("wall.hints", { count: hints })}</Badge>}
        {count("identity") > 0 && <Badge tone="info" icon="person">{t("wall.identity", { count: count("identity") })}</Badge>}
        {count("disconnected") > 0 && <Badge tone="warning" icon="network">{t("wall.disconnected", { count: count("disconnected") })}</Badge>}
      </div>
      <div class="row">
        <a class="button plain small" href={`/proctor/${encodeURIComponent(d.exam.id)}/watching`} data-testid="open-watching">{t("watching.link")}</a>
        {may("arrange") && <a class="button plain small" href={`/plan/${encodeURIComponent(d.exam.id)}`} data-testid="open-plan">{t("plan.open")}</a>}
        {may("inspect") && <a class="button plain small" href={`/faults/${encodeURIComponent(d.exam.id)}`} data-testid="open-faults">{t("faults.open", { count: faults })}</a>}
      </div>
      <div class="row wall-filter">
        <input type="search" value={filter.text} placeholder={t("wall.search")} aria-label={t("wall.search")} data-testid="wall-search"
          onInput={(e) => change({ ...filter, text: e.currentTarget.value })} />
        <label class="check"><input type="checkbox" checked={filter.look} data-testid="wall-look-only"
          onChange={(e) => change({ ...filter, look: e.currentTarget.checked })} /><span>{t("wall.look_only")}</span></label>
      </div>
    </div>
  );
}
