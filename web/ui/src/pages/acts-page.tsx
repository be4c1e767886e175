import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api } from "../api";
import { ActState } from "../components/act-state";
import { Banner } from "../components/banner";
import { DeliveryAlarm } from "../components/delivery-alarm";
import { Loading } from "../components/loading";
import { RegisterFilters } from "../components/register-filters";
import { RegisterTodo } from "../components/register-todo";
import { day } from "../format";
import { language, t } from "../i18n";
import { noFilters, readFilters, writeFilters, type Filters } from "../register";
import { has, may } from "../rights";
import { registerAddress, route } from "../route";
import { messageOf } from "../store";
import type { Act, ActList, Role } from "../types";
import { MissingPage } from "./missing-page";

/** How many acts are fetched again each time, at most; the server's own bound. */
const most = 200;
const step = 50;

/** The register of acts, newest first, by what its address asks for. */
export function ActsPage() {
  if (!may("register")) return <MissingPage />;
  return <Register />;
}

function Register() {
  const filters = useSignal<Filters>(readFilters(location.search));
  const here = route.value; // another one after "back", too
  useEffect(() => { filters.value = readFilters(location.search); }, [here]);
  const change = (f: Filters) => {
    filters.value = f;
    registerAddress.value = `/acts${writeFilters(f)}`;
    history.replaceState(null, "", registerAddress.value);
  };
  const { list, error, load, more } = useActs(filters);
  if (!list) return <Loading error={error} retry={load} />;
  return (
    <>
      <h1>{t("acts.title")}</h1>
      <p class="muted">{t("acts.text")}</p>
      <DeliveryAlarm />
      <RegisterTodo list={list} filters={filters.value} change={change} />
      <RegisterFilters list={list} filters={filters.value} change={change} />
      {error && <Banner tone="warning" testid="acts-error">{error}</Banner>}
      <p class="muted small" role="status" data-testid="acts-total">{t("acts.total", { count: list.total })}</p>
      {list.acts.length > 0 ? <Table acts={list.acts} /> : <Nothing any={writeFilters(filters.value) !== ""} clear={() => change(noFilters)} />}
      {list.next && <p class="acts-more"><button type="button" class="button plain" data-testid="acts-more" onClick={more}>{t("acts.more", { shown: list.acts.length, count: list.total })}</button></p>}
    </>
  );
}

/** Acts as the filters want them: fetched soon after a change, and now and
 * then; an answer that came too late is dropped. */
function useActs(filters: Signal<Filters>) {
  const list = useSignal<ActList | null>(null);
  const error = useSignal("");
  const asked = useRef(0);
  const fetchFrom = async (before: Act[], cursor: string, limit: number) => {
    const turn = ++asked.current;
    try {
      const got = await api.acts(writeFilters(filters.value, { cursor, limit: String(limit) }));
      if (turn !== asked.current) return;
      list.value = { ...got, acts: [...before, ...got.acts] };
      error.value = "";
    } catch (e) {
      if (turn === asked.current) error.value = messageOf(e);
    }
  };
  const load = () => fetchFrom([], "", step);
  const more = () => list.value && fetchFrom(list.value.acts, list.value.next, step);
  useEffect(() => {
    const wait = setTimeout(load, list.value ? 250 : 0); // while she types
    const again = setInterval(() => {
      const shown = Math.max(step, list.value?.acts.length ?? 0);
      if (shown <= most) fetchFrom([], "", shown);
    }, 10_000);
    return () => { clearTimeout(wait); clearInterval(again); };
  }, [filters.value]);
  return { list: list.value, error: error.value, load, more };
}

function Nothing({ any, clear }: { any: boolean; clear: () => void }) {
  if (!any) return <p class="empty" data-testid="acts-empty">{t("acts.empty")}</p>;
  return (
    <div class="empty" data-testid="acts-none">
      <p>{t("acts.none")}</p>
      <button type="button" class="button plain" data-testid="acts-clear" onClick={clear}>{t("acts.clear")}</button>
    </div>
  );
}

const columns = ["number", "date", "examinee", "discipline", "reasons", "state", "turn", "paper"] as const;

function Table({ acts }: { acts: Act[] }) {
  return (
    <div class="card scroll register-card">
      <table class="register" data-testid="acts">
        <thead><tr>{columns.map((c) => <th key={c} scope="col">{t(`acts.${c}`)}</th>)}</tr></thead>
        <tbody>{acts.map((a) => <Row key={a.id} act={a} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ act: a }: { act: Act }) {
  return (
    <tr data-testid="act-row" data-act={a.id} data-state={a.state}>
      <th scope="row"><a href={`/acts/${encodeURIComponent(a.id)}`}>{a.number}</a></th>
      <td data-label={t("acts.date")}>{day(a.drawn_up, language.value)}</td>
      <td data-label={t("acts.examinee")}>{a.inspection ? t("acts.examinees", { count: a.inspection.seats.length }) : <span class="name">{a.examinee.name}<br /><small class="muted">{a.examinee.group}</small></span>}</td>
      <td data-label={t("acts.discipline")}><span class="name">{a.discipline}</span></td>
      <td data-label={t("acts.reasons")}>{a.inspection ? <Decided act={a} /> : <ul class="plain-list small">{(a.reasons ?? []).map((r) => <li key={r}>{t(`reason.${r}`)}</li>)}</ul>}</td>
      <td data-label={t("acts.state")}><ActState act={a} /></td>
      <td data-label={t("acts.turn")}>{a.turns.length > 0 ? a.turns.map((r) => <Turn key={r} role={r} />) : t("acts.nobody")}</td>
      <td data-label={t("acts.paper")}><Paper act={a} /></td>
    </tr>
  );
}

const Turn = ({ role }: { role: Role }) => (
  <strong class={has(role) ? "your-turn turn" : "turn"}>{t(`role.${role}`)}{has(role) ? ` (${t("acts.you")})` : ""}</strong>
);

/** What an inspection decided, as far as it has. */
function Decided({ act }: { act: Act }) {
  const code = act.inspection?.code;
  return <span class="small">{code ? t(`decision.${code}`) : <span class="muted">{t("acts.undecided")}</span>}</span>;
}

/** Where its paper is, in a few words. */
function Paper({ act: a }: { act: Act }) {
  const copies = (a.prints ?? []).reduce((n, p) => n + p.copies, 0);
  if (a.filed) return <span class="name">{t("acts.in_case", { case: a.filed.case })}</span>;
  if (copies > 0) return <span class="small">{t("acts.copies", { count: copies })}</span>;
  return <span class="muted">{t("acts.nobody")}</span>;
}
