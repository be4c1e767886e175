import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../api";
import { Action } from "../components/action";
import { Badge } from "../components/badge";
import { Loading } from "../components/loading";
import { TextAction } from "../components/text-action";
import { dateTime, given } from "../format";
import { language, t } from "../i18n";
import { may } from "../rights";
import { messageOf } from "../store";
import type { Delivery, DeliveryList } from "../types";
import { MissingPage } from "./missing-page";

/** What the systems of record are owed, and what they have. */
export function DeliveriesPage() {
  if (!may("deliveries")) return <MissingPage />;
  return <Deliveries />;
}

function Deliveries() {
  const list = useSignal<DeliveryList | null>(null);
  const error = useSignal("");
  const load = () => api.deliveries().then(
    (l) => { list.value = l; error.value = ""; },
    (e) => { error.value = messageOf(e); },
  );
  useEffect(() => {
    load();
    const timer = setInterval(load, 10_000);
    return () => clearInterval(timer);
  }, []);
  const l = list.value;
  if (!l) return <Loading error={error.value} retry={load} />;
  return (
    <>
      <h1>{t("delivery.title")}</h1>
      <p class="muted">{t("delivery.text", { minutes: Math.round(l.alarm_after / 60) })}</p>
      <p><a class="button plain" href="/api/v1/deliveries.csv" download data-testid="delivery-csv">{t("delivery.csv")}</a></p>
      <p class="muted small" role="status" data-testid="delivery-pending">{t("delivery.pending", { count: l.pending })}</p>
      {l.deliveries.length === 0 && <p class="empty" data-testid="deliveries-empty">{t("delivery.empty")}</p>}
      {l.deliveries.map((d) => <Card key={`${d.key} ${d.system}`} delivery={d} load={load} />)}
    </>
  );
}

function Card({ delivery: d, load }: { delivery: Delivery; load: () => Promise<void> }) {
  const lang = language.value;
  const tone = d.state === "acknowledged" ? "ok" : d.alarm ? "danger" : "info";
  return (
    <section class="card" data-testid="delivery" data-state={d.state} data-alarm={d.alarm}>
      <h2>{t(`delivery.effect.${d.effect}`)} · {d.examinee.name}</h2>
      <p>
        <Badge tone={tone}>{t(`delivery.state.${d.state}`)}</Badge>{" "}
        <strong>{d.system === "hand" ? t("delivery.by_hand") : d.system}</strong>
      </p>
      <p class="small">
        {d.act && <><a href={`/acts/${encodeURIComponent(d.act)}`}>{d.number}</a> · </>}
        {d.exam_title} · {d.examinee.group} · {d.examinee.student_id} · {dateTime(d.at, lang)}
      </p>
      <What delivery={d} />
      {d.acknowledged && (
        <p class="small" data-testid="delivery-done">{t("delivery.applied", { at: dateTime(d.acknowledged, lang) })}{" "}
          {d.by_name && <>{d.by_name}: {d.text}</>}{d.reference && <span class="muted">{d.reference}</span>}</p>
      )}
      {d.reason && d.failed && (
        <p class="small" data-testid="delivery-reason">{dateTime(d.failed, lang)}: {t(`delivery.reason.${d.reason}`)} {d.detail && <span class="muted" lang="en">{d.detail}</span>}</p>
      )}
      {!d.acknowledged && <Doing delivery={d} load={load} />}
    </section>
  );
}

/** What is to be recorded there. */
function What({ delivery: { score, times } }: { delivery: Delivery }) {
  const lang = language.value;
  const lines: string[] = [];
  if (score) lines.push(score.blank ? t("delivery.blank") : t("delivery.value", { value: score.value, maximum: score.maximum }));
  if (times && given(times.from) && given(times.to)) lines.push(t("delivery.window", { from: dateTime(times.from, lang), to: dateTime(times.to, lang) }));
  if (times?.minutes) lines.push(t("delivery.minutes", { count: times.minutes }));
  if (times?.attempts) lines.push(t("delivery.attempts", { count: times.attempts }));
  if (times?.resume) lines.push(t("delivery.resume"));
  if (times && lines.length === 0) lines.push(t("delivery.nothing"));
  return <ul class="plain-list small">{lines.map((l) => <li key={l}>{l}</li>)}</ul>;
}

function Doing({ delivery: d, load }: { delivery: Delivery; load: () => Promise<void> }) {
  return (
    <div class="row">
      {d.system !== "hand" && (
        <Action look="primary" testid="delivery-retry" run={async () => { await api.retryDelivery(d); await load(); }}>{t("delivery.retry")}</Action>
      )}
      {may("acknowledge") && (
        <TextAction name="delivery-acknowledge" title={t("delivery.acknowledge")} text={t("delivery.acknowledge_text")} label={t("delivery.acknowledge_submit")} look="plain"
          run={async (text) => { await api.acknowledgeDelivery(d, text); await load(); }} />
      )}
    </div>
  );
}
