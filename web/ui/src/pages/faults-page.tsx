import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../api";
import { Badge } from "../components/badge";
import { IncidentSpan } from "../components/incident-span";
import { InspectionFields } from "../components/inspection-fields";
import { Loading } from "../components/loading";
import { Form } from "../components/submit";
import { dateTime } from "../format";
import { language, t } from "../i18n";
import { may } from "../rights";
import { go } from "../route";
import { messageOf } from "../store";
import type { Fault, InspectionText } from "../types";

/** An exam's technical faults that nobody has judged, to be inspected (Appendix B). */
export function FaultsPage({ exam }: { exam: string }) {
  const faults = useSignal<Fault[] | null>(null);
  const error = useSignal("");
  const load = () => api.faults(exam).then(
    (list) => { faults.value = list; error.value = ""; },
    (e) => { error.value = messageOf(e); },
  );
  useEffect(() => {
    load();
    const timer = setInterval(load, 10_000);
    return () => clearInterval(timer);
  }, [exam]);
  if (!faults.value) return <Loading error={error.value} retry={load} />;
  return (
    <>
      <p><a class="back" href={`/proctor/${encodeURIComponent(exam)}`}>← {t("faults.back")}</a></p>
      <h1>{t("faults.title")}</h1>
      <p class="muted">{t("faults.text")}</p>
      {faults.value.length === 0 && <p class="empty" data-testid="faults-empty">{t("faults.empty")}</p>}
      {faults.value.map((f) => <FaultCard key={f.incidents.join(" ")} exam={exam} fault={f} />)}
    </>
  );
}

function FaultCard({ exam, fault: f }: { exam: string; fault: Fault }) {
  const open = useSignal(false);
  return (
    <section class="card" data-testid="fault" data-seats={f.seats.length}>
      <h2>{t("faults.seats", { count: f.seats.length })} · {dateTime(f.from, language.value)}</h2>
      <p><Badge tone={f.ours ? "danger" : "info"} icon="network">{t(f.ours ? "faults.ours" : "faults.theirs")}</Badge></p>
      <ul class="plain-list small">
        {f.candidates.slice(0, 10).map((i) => (
          <li key={i.id}><strong>{f.names[f.seats.indexOf(i.seat)]}</strong> · {t(`cause.${i.cause}`)} · <IncidentSpan incident={i} /> <span class="muted">{i.client}</span></li>
        ))}
      </ul>
      {f.candidates.length > 10 && <p class="muted small">{t("faults.more", { count: f.candidates.length - 10 })}</p>}
      {open.value ? <Draft exam={exam} fault={f} close={() => { open.value = false; }} />
        : may("inspect") && <button type="button" class="button primary" data-testid="fault-inspect" onClick={() => { open.value = true; }}>{t("inspect.open")}</button>}
    </section>
  );
}

/** A draft with the suggested wording, for a person to change. */
function Draft({ exam, fault: f, close }: { exam: string; fault: Fault; close: () => void }) {
  const text = useSignal<InspectionText>({ purpose: f.purpose, result: f.result, decision: "" });
  const submit = async () => {
    const act = await api.inspect(exam, f.incidents, text.value);
    go(`/acts/${encodeURIComponent(act.id)}`);
  };
  return (
    <Form submit={submit} label={t("inspect.submit")} testid="inspect-submit" cancel={{ label: t("cancel"), run: close }}>
      <p class="small">{t("inspect.text")}</p>
      <InspectionFields text={text.value} change={(x) => { text.value = x; }} />
    </Form>
  );
}
