import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../api";
import { Banner } from "../components/banner";
import { Loading } from "../components/loading";
import { OrderChoice } from "../components/order-choice";
import { differenceText, PolicyChanges } from "../components/policy-changes";
import { RuleRow } from "../components/rule-row";
import { Form } from "../components/submit";
import { ThresholdTable } from "../components/threshold-table";
import { clock } from "../format";
import { language, t } from "../i18n";
import { may } from "../rights";
import { messageOf, serverNow } from "../store";
import type { Watching } from "../types";
import { differences, draftOf, policyOf, problems, reset, type Draft } from "../watching";

/** What an exam watches for, how patiently, and who changed it. */
export function WatchingPage({ exam }: { exam: string }) {
  const watching = useSignal<Watching | null>(null);
  const error = useSignal("");
  const load = () => api.watching(exam).then((w) => { watching.value = w; }, (e) => { error.value = messageOf(e); });
  useEffect(() => { load(); }, [exam]);
  const w = watching.value;
  if (!w) return <Loading error={error.value} retry={load} />;
  const over = Date.parse(w.exam.closes) < Date.parse(w.now);
  return (
    <>
      <p><a href={`/proctor/${encodeURIComponent(exam)}`} class="back">← {w.exam.title}</a></p>
      <h1>{t("watching.title")}</h1>
      <p class="lead">{t("watching.text")}</p>
      {over ? <Banner tone="info" quiet>{t("watching.over")}</Banner> : !may("watch") && <Banner tone="info" quiet testid="watching-readonly">{t("watching.readonly")}</Banner>}
      <Editor key={language.value} watching={w} editable={may("watch") && !over} saved={(next) => { watching.value = next; }} />
      <PolicyChanges watching={w} />
    </>
  );
}

interface EditorProps { watching: Watching; editable: boolean; saved: (w: Watching) => void }

function Editor({ watching: w, editable, saved }: EditorProps) {
  const l = language.value;
  const now = draftOf(w.policy, l);
  const standard = draftOf(w.defaults, l);
  const draft = useSignal<Draft>(now);
  const told = useSignal("");
  const d = draft.value;
  const change = (next: Draft) => {
    told.value = "";
    draft.value = next;
  };
  const list = differences(now, d);
  const fromStandard = new Set(differences(standard, d).map((x) => x.what));
  const wrong = problems(d);
  const submit = async () => {
    const next = await api.setPolicy(w.exam.id, policyOf(d));
    saved(next);
    draft.value = draftOf(next.policy, l);
    told.value = t("watching.saved", { time: clock(serverNow(), l) });
  };
  return (
    <Form submit={submit} label={t("watching.save")} disabled={!editable || list.length === 0 || wrong.length > 0} testid="watching-save"
      cancel={list.length > 0 ? { label: t("watching.undo"), run: () => change(now) } : undefined}>
      <section class="card scroll">
        <h2>{t("watching.rules")}</h2>
        <p class="muted small">{t("watching.rules_text")}</p>
        <table class="rules">
          <thead>
            <tr>
              <th scope="col">{t("watching.cause")}</th><th scope="col">{t("watching.mode")}</th>
              <th scope="col">{t("watching.warn")}</th><th scope="col">{t("watching.open")}</th><th scope="col">{t("watching.close")}</th><td />
            </tr>
          </thead>
          <tbody>
            {w.causes.map((c) => (
              <RuleRow key={c} cause={c} hint={w.hints.includes(c)} rule={d.rules[c]} standard={standard.rules[c]} differs={fromStandard.has(c)} editable={editable}
                change={(r) => change({ ...d, rules: { ...d.rules, [c]: r } })} reset={() => change(reset(d, standard, c))} />
            ))}
          </tbody>
        </table>
      </section>
      <details class="card" open={["loss", "floor", "evidence"].some((k) => fromStandard.has(k as "loss")) || wrong.some((k) => !(k in d.rules))}>
        <summary>{t("watching.thresholds")}</summary>
        <p class="muted small">{t("watching.thresholds_text")}</p>
        <ThresholdTable draft={d} standard={standard} wrong={wrong} editable={editable} change={change} />
      </details>
      <OrderChoice order={d.order} editable={editable} change={(order) => change({ ...d, order })} />
      {editable && fromStandard.size > 0 && (
        <p><button type="button" class="button plain" data-testid="reset-all" onClick={() => change(standard)}>{t("watching.reset_all")}</button></p>
      )}
      {list.length > 0 && (
        <Banner tone="info" title={t("watching.will_change", { count: list.length })} testid="watching-diff" quiet>
          <ul>{list.map((x) => <li key={x.what + x.field}>{differenceText(x)}</li>)}</ul>
          <p>{t("watching.at_once")}</p>
        </Banner>
      )}
      {told.value && <Banner tone="ok" testid="watching-saved">{told.value}</Banner>}
    </Form>
  );
}
