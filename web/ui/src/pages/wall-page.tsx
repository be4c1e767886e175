import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Banner } from "../components/banner";
import { Loading } from "../components/loading";
import { SeatPanel } from "../components/seat-panel";
import { TileCard } from "../components/tile-card";
import { WallHead, type Filter } from "../components/wall-head";
import { clock } from "../format";
import { language, t } from "../i18n";
import { Wall } from "../store";
import { arrange, type Tile } from "../tiles";

/** The proctor's wall of one exam. */
export function WallPage({ exam }: { exam: string }) {
  const wall = useMemo(() => new Wall(exam), [exam]);
  useEffect(() => () => wall.close(), [wall]);
  const selected = useSignal("");
  const filter = useSignal<Filter>({ text: "", look: false });
  const tiles = useComputed(() => {
    const d = wall.dashboard.value;
    return d ? arrange(d.seats, d.incidents ?? [], language.value) : [];
  });
  const d = wall.dashboard.value;
  if (!d) return <Loading error={wall.error.value} retry={() => wall.reload()} />;
  const select = (seat: string) => {
    selected.value = seat;
    wall.select(seat);
  };
  const shown = tiles.value.filter((tile) => passes(tile, filter.value));
  return (
    <div class={`wall-layout ${selected.value ? "with-panel" : ""}`}>
      <div class="wall-side">
        <WallHead dashboard={d} tiles={tiles.value} filter={filter.value} change={(f) => { filter.value = f; }} />
        {d.degraded && (
          <Banner tone="danger" testid="degraded" title={t("degraded.title", { time: clock(d.degraded.since, language.value) })}>{t("degraded.text")}</Banner>
        )}
        <TileGrid wall={wall} tiles={shown} selected={selected.value} select={select} />
        {shown.length === 0 && <p class="empty">{t(d.seats.length === 0 ? "wall.empty" : "wall.none_match")}</p>}
      </div>
      {selected.value && <SeatPanel key={selected.value} wall={wall} seat={selected.value} close={() => select("")} />}
    </div>
  );
}

function passes(tile: Tile, f: Filter): boolean {
  if (f.look && tile.need === "none") return false;
  const text = f.text.trim().toLocaleLowerCase();
  const { name, group, student_id } = tile.seat.examinee;
  return !text || `${name} ${group} ${student_id}`.toLocaleLowerCase().includes(text);
}

interface GridProps { wall: Wall; tiles: Tile[]; selected: string; select: (seat: string) => void }

/** The tiles; pictures are asked for those on the screen only. */
function TileGrid({ wall, tiles, selected, select }: GridProps) {
  const grid = useRef<HTMLUListElement>(null);
  const ids = tiles.map((tile) => tile.seat.id).sort().join(" ");
  useEffect(() => {
    const visible = new Set<string>();
    let timer = 0;
    const observer = new IntersectionObserver((entries) => {
      for (const e of entries) {
        const seat = (e.target as HTMLElement).dataset.seat ?? "";
        if (e.isIntersecting) visible.add(seat);
        else visible.delete(seat);
      }
      clearTimeout(timer);
      timer = window.setTimeout(() => wall.watch([...visible]), 150);
    }, { rootMargin: "100px" });
    for (const e of grid.current?.children ?? []) observer.observe(e);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [ids, wall]);
  return (
    <ul class="tiles" ref={grid} aria-label={t("wall.tiles")} data-testid="wall">
      {tiles.map((tile) => <TileCard key={tile.seat.id} wall={wall} tile={tile} selected={tile.seat.id === selected} select={select} />)}
    </ul>
  );
}
