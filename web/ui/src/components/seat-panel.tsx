import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api } from "../api";
import { t } from "../i18n";
import { may } from "../rights";
import { sceneryOf } from "../scenery";
import { messageOf, type Wall } from "../store";
import { byUrgency } from "../tiles";
import type { Review } from "../types";
import { AccommodationForm } from "./accommodation-form";
import { Badge } from "./badge";
import { IdentityCard } from "./identity-card";
import { IncidentCard } from "./incident-card";
import { LiveView } from "./live-view";
import { MessageForm } from "./message-form";
import { RaiseForm } from "./raise-form";
import { SceneryList } from "./scenery-list";
import { SeatActs } from "./seat-acts";
import { Telemetry } from "./telemetry";

interface Props { wall: Wall; seat: string; close: () => void }

/** All of one seat beside the wall. */
export function SeatPanel({ wall, seat: id, close }: Props) {
  const review = useReview(wall, id);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => { heading.current?.focus(); }, [id]);
  const d = wall.dashboard.value!;
  const seat = d.seats.find((s) => s.id === id);
  if (!seat) return null;
  const incidents = byUrgency((d.incidents ?? []).filter((i) => i.seat === id));
  return (
    <aside class="panel" aria-labelledby="panel-name" data-testid="panel" onKeyDown={(e) => e.key === "Escape" && close()}>
      <div class="panel-head">
        <div>
          <h2 id="panel-name" tabIndex={-1} ref={heading}>{seat.examinee.name}</h2>
          <p class="muted small">{seat.examinee.group} · {seat.examinee.specialty} · {seat.examinee.student_id}</p>
          <div class="badges">
            <Badge>{t(`stage.${seat.stage}`)}</Badge>
            {!!seat.accommodation?.companions && <Badge tone="info">{t("panel.companions", { count: seat.accommodation.companions })}</Badge>}
            {seat.accommodation?.off?.map((c) => <Badge key={c} tone="info">{t("panel.off", { cause: t(`cause.${c}`) })}</Badge>)}
            {seat.score_annulled && <Badge tone="danger" icon="document">{t("wall.annulled")}</Badge>}
          </div>
          {seat.accommodation?.note && <p class="small">{seat.accommodation.note}</p>}
        </div>
        <div class="panel-tools">
          <a class="button plain small" href={`/review/${encodeURIComponent(id)}`} data-testid="open-review">{t("panel.review")}</a>
          <button type="button" class="button plain small" onClick={close} data-testid="panel-close">{t("close")}</button>
        </div>
      </div>
      {seat.identity && seat.stage === "identified" && <IdentityCard seat={seat} />}
      <div class="panel-now">
        <LiveView wall={wall} seat={seat} />
        <Telemetry wall={wall} seat={seat} review={review.data} />
      </div>
      <section>
        <h3>{t("panel.incidents")}</h3>
        {incidents.length === 0 && <p class="muted">{t("panel.no_incidents")}</p>}
        {incidents.map((i) => <IncidentCard key={i.id} incident={i} review={review.data} scenery={sceneryOf(seat)} shown={wall.live(id).value?.shown} act={(d.acts ?? []).find((a) => a.id === i.act)} />)}
      </section>
      <SeatActs acts={(d.acts ?? []).filter((a) => a.seat === id)} />
      {may("proctor") && <MessageForm seat={id} sent={review.data?.messages ?? []} />}
      {may("proctor") && seat.stage === "admitted" && <RaiseForm seat={id} />}
      <SceneryList seat={seat} />
      <AccommodationForm seat={seat} last={review.data?.accommodated} />
      {seat.identity && seat.stage !== "identified" && <IdentityCard seat={seat} />}
      {review.error && <p class="muted small">{review.error}</p>}
    </aside>
  );
}

/** A seat's review, fetched again when something about it has happened. */
function useReview(wall: Wall, id: string): { data: Review | null; error: string } {
  const data = useSignal<Review | null>(null);
  const error = useSignal("");
  const changed = wall.changed.value;
  useEffect(() => {
    const timer = setTimeout(() => api.review(id).then(
      (r) => { data.value = r; error.value = ""; },
      (e) => { error.value = messageOf(e); },
    ), data.value ? 500 : 0);
    return () => clearTimeout(timer);
  }, [id, changed]);
  return { data: data.value, error: error.value };
}
