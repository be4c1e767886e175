import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { api } from "../api";
import { AccommodationForm } from "../components/accommodation-form";
import { IncidentCard } from "../components/incident-card";
import { Loading } from "../components/loading";
import { Playback } from "../components/playback";
import { RaiseForm } from "../components/raise-form";
import { ReviewLists } from "../components/review-lists";
import { SceneryList } from "../components/scenery-list";
import { SegmentTable } from "../components/segment-table";
import { Badge } from "../components/badge";
import { lengthText, sumText } from "../components/stretch-text";
import { TimelineBar } from "../components/timeline-bar";
import { dateTime, duration } from "../format";
import { language, t } from "../i18n";
import { leadIn } from "../judgement";
import type { Player } from "../player";
import { may } from "../rights";
import { sceneryOf } from "../scenery";
import { messageOf } from "../store";
import { byUrgency } from "../tiles";
import { holes, sums, timeline, toPosition, toTime, type Timeline } from "../timeline";
import type { Incident, Review } from "../types";

/** A seat's whole recording on one timeline, with all that is known beside it. */
export function ReviewPage({ seat }: { seat: string }) {
  const review = useSignal<Review | null>(null);
  const error = useSignal("");
  const load = () => api.review(seat).then(
    (r) => { review.value = r; error.value = ""; },
    (e) => { error.value = messageOf(e); },
  );
  useEffect(() => { load(); }, [seat]);
  const live = !!review.value?.live;
  useEffect(() => { // a seat that is still being recorded grows
    if (!live) return;
    const timer = setInterval(load, 3000);
    return () => clearInterval(timer);
  }, [live]);
  if (!review.value) return <Loading error={error.value} retry={load} />;
  return <Reviewed review={review.value} reload={load} />;
}

function Reviewed({ review, reload }: { review: Review; reload: () => void }) {
  const line = useMemo(() => timeline(review), [review]);
  const player = useRef<Player | null>(null);
  const position = useSignal(0);
  const seek = (t: number) => player.current?.seek(t);
  const show = (i: Incident) => {
    seek(toPosition(line, i.opened) - leadIn);
    window.scrollTo({ top: 0 });
  };
  const incidents = byUrgency(review.incidents ?? []);
  const marks = useMemo(() => (review.incidents ?? []).map((i) => toPosition(line, i.opened)).sort((a, b) => a - b), [review, line]);
  return (
    <>
      <ReviewHead review={review} line={line} />
      {line.tracks.every((k) => k.pieces.length === 0) ? <p class="empty">{t("review.nothing")}</p> : (
        <section class="card review-player">
          <Playback seat={review.seat.id} line={line} start={0} marks={marks} control={player} onPosition={(p) => { position.value = p; }} />
          <TimelineBar line={line} incidents={review.incidents ?? []} warnings={review.warnings ?? []} position={position.value} seek={seek} />
          {may("proctor") && <RaiseForm seat={review.seat.id} at={() => toTime(line, position.value)} raised={reload} />}
        </section>
      )}
      <div class="review-columns">
        <section>
          <h2>{t("panel.incidents")}</h2>
          {incidents.length === 0 && <p class="muted">{t("panel.no_incidents")}</p>}
          {incidents.map((i) => (
            <div key={i.id} class="review-incident">
              <IncidentCard incident={i} review={null} scenery={sceneryOf(review.seat)} shown={review.seat.live?.shown} judged={reload} show={() => show(i)} />
            </div>
          ))}
        </section>
        <div>
          <ReviewLists review={review} line={line} seek={seek} />
          <SceneryList seat={review.seat} changed={reload} />
          <AccommodationForm seat={review.seat} last={review.accommodated} saved={reload} />
        </div>
      </div>
      <SegmentTable review={review} line={line} seek={seek} />
    </>
  );
}

function ReviewHead({ review, line }: { review: Review; line: Timeline }) {
  const { seat, exam } = review;
  const gaps = holes(line);
  const missing = gaps.reduce((sum, h) => sum + h.to - h.from, 0);
  const filled = sums(line.tracks[0].stretches).find((s) => s.kind === "backfilled");
  const unaccounted = gaps.some((h) => h.kind === "unaccounted");
  return (
    <div class="review-head">
      <p><a href={`/proctor/${encodeURIComponent(exam.id)}`} class="back">← {exam.title}</a></p>
      <h1>{seat.examinee.name}</h1>
      <p class="muted">{seat.examinee.group} · {seat.examinee.specialty} · {seat.examinee.student_id}</p>
      <div class="badges">
        <Badge>{t(`stage.${seat.stage}`)}</Badge>
        <Badge icon="clock">{t("review.span", { from: dateTime(line.origin, language.value), length: duration(line.length) })}</Badge>
        {gaps.length === 0
          ? <Badge tone="ok" icon="check">{t("review.whole")}</Badge>
          : <Badge tone={unaccounted ? "danger" : "warning"} icon="warning">{t("review.missing", { count: gaps.length, length: lengthText(missing) })}</Badge>}
        {filled && <Badge tone="info" icon="info">{sumText(filled)}</Badge>}
        {seat.score_annulled && <Badge tone="danger" icon="document">{t("wall.annulled")}</Badge>}
      </div>
    </div>
  );
}
