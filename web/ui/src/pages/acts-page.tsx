import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../api";
import { ActState } from "../components/act-state";
import { Loading } from "../components/loading";
import { day } from "../format";
import { language, t } from "../i18n";
import { has } from "../rights";
import { messageOf } from "../store";
import type { Act } from "../types";

/** The register of acts, newest first. */
export function ActsPage() {
  const acts = useSignal<Act[] | null>(null);
  const error = useSignal("");
  const load = () => api.acts().then(
    (list) => { acts.value = list; error.value = ""; },
    (e) => { error.value = messageOf(e); },
  );
  useEffect(() => {
    load();
    const timer = setInterval(load, 10_000);
    return () => clearInterval(timer);
  }, []);
  if (!acts.value) return <Loading error={error.value} retry={load} />;
  const mine = acts.value.filter((a) => a.next && has(a.next));
  return (
    <>
      <h1>{t("acts.title")}</h1>
      <p class="muted">{t("acts.text")}</p>
      {mine.length > 0 && <p class="acts-mine" data-testid="acts-mine">{t("acts.mine", { count: mine.length })}</p>}
      {acts.value.length === 0 ? <p class="empty">{t("acts.empty")}</p> : <Register acts={acts.value} />}
    </>
  );
}

function Register({ acts }: { acts: Act[] }) {
  return (
    <div class="card scroll">
      <table class="register" data-testid="acts">
        <thead><tr>{(["number", "date", "examinee", "discipline", "reasons", "state", "turn"] as const).map((c) => <th key={c} scope="col">{t(`acts.${c}`)}</th>)}</tr></thead>
        <tbody>{acts.map((a) => <Row key={a.id} act={a} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ act: a }: { act: Act }) {
  return (
    <tr data-testid="act-row" data-act={a.id} data-state={a.state}>
      <th scope="row"><a href={`/acts/${encodeURIComponent(a.id)}`}>{a.number}</a></th>
      <td>{day(a.drawn_up, language.value)}</td>
      <td>{a.inspection ? t("acts.examinees", { count: a.inspection.seats.length }) : <>{a.examinee.name}<br /><small class="muted">{a.examinee.group}</small></>}</td>
      <td>{a.discipline}</td>
      <td>{a.inspection ? <Decided act={a} /> : <ul class="plain-list small">{(a.reasons ?? []).map((r) => <li key={r}>{t(`reason.${r}`)}</li>)}</ul>}</td>
      <td><ActState act={a} /></td>
      <td>{a.next ? <strong class={has(a.next) ? "your-turn" : ""}>{t(`role.${a.next}`)}{has(a.next) ? ` (${t("acts.you")})` : ""}</strong> : t("acts.nobody")}</td>
    </tr>
  );
}

/** What an inspection decided, as far as it has. */
function Decided({ act }: { act: Act }) {
  const code = act.inspection?.code;
  return <span class="small">{code ? t(`decision.${code}`) : <span class="muted">{t("acts.undecided")}</span>}</span>;
}
