import { clock, kilobits, percent } from "../format";
import { type Key, language, t } from "../i18n";
import type { Wall } from "../store";
import type { ClientReport, Live, Review, SeatTile } from "../types";

interface Props { wall: Wall; seat: SeatTile; review: Review | null }

/** What the picture, the network and the examinee's own page say, side by side:
 * a covered lens has a live track, a blocked one a client's error. */
export function Telemetry({ wall, seat, review }: Props) {
  const live = wall.live(seat.id).value;
  return (
    <section class="telemetry" aria-label={t("telemetry.title")} data-testid="telemetry">
      <div>
        <h4>{t("telemetry.picture")}</h4>
        {live ? <PictureFacts live={live} /> : <p class="muted">{t("telemetry.none")}</p>}
      </div>
      <div>
        <h4>{t("telemetry.network")}</h4>
        <dl class="facts">
          <Fact name={t("telemetry.connected")} value={t(seat.connected ? "yes" : "no")} />
          {live && seat.connected && <>
            <Fact name={t("telemetry.rate")} value={t("unit.kbit", { value: kilobits(live.bits) })} />
            <Fact name={t("telemetry.loss")} value={t("unit.percent", { value: percent(live.loss, language.value) })} />
            <Fact name={t("telemetry.frames")} value={String(live.frames)} />
            <Fact name={t("telemetry.recording")} value={t(live.recording ? "yes" : "no")} />
          </>}
        </dl>
      </div>
      <div>
        <h4>{t("telemetry.client")}</h4>
        <ClientFacts reports={merge(review?.reports ?? [], wall.reports.value.get(seat.id) ?? [])} />
      </div>
    </section>
  );
}

function PictureFacts({ live }: { live: Live }) {
  return (
    <dl class="facts">
      <Fact name={t("telemetry.luma")} value={t("telemetry.luma_value", { value: Math.round(live.luma), words: t(brightness(live.luma)) })} />
      <Fact name={t("telemetry.faces")} value={String(live.faces)} />
      <Fact name={t("telemetry.people")} value={String(live.people)} />
      {live.calibrating && <Fact name={t("telemetry.state")} value={t("telemetry.calibrating")} />}
      {(live.observations ?? []).map((o) => <Fact key={o.cause} name={t(`cause.${o.cause}`)} value={o.detail || t("unit.percent", { value: percent(o.score, language.value) })} />)}
    </dl>
  );
}

const brightness = (luma: number): Key =>
  luma < 20 ? "telemetry.black" : luma < 55 ? "telemetry.dark" : luma < 225 ? "telemetry.normal" : "telemetry.bright";

function ClientFacts({ reports }: { reports: ClientReport[] }) {
  if (reports.length === 0) return <p class="muted">{t("telemetry.no_reports")}</p>;
  return (
    <ul class="plain-list small">
      {reports.slice(-4).reverse().map((r) => (
        <li key={r.at + r.kind}><time dateTime={r.at}>{clock(r.at, language.value)}</time> {t(`report.${r.kind}`)}{r.detail ? ` — ${r.detail}` : ""}</li>
      ))}
    </ul>
  );
}

function merge(a: ClientReport[], b: ClientReport[]): ClientReport[] {
  const seen = new Set(a.map((r) => r.at + r.kind));
  return [...a, ...b.filter((r) => !seen.has(r.at + r.kind))].sort((x, y) => Date.parse(x.at) - Date.parse(y.at));
}

export function Fact({ name, value }: { name: string; value: string }) {
  return <div><dt>{name}</dt><dd>{value}</dd></div>;
}
