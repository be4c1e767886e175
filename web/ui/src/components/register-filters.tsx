import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, register } from "../api";
import { language, t } from "../i18n";
import { chosen, noFilters, type Filters } from "../register";
import { actStates, decisions, reasons, type ActList, type ExamSummary } from "../types";

interface Props { list: ActList; filters: Filters; change: (f: Filters) => void }

/** Words, states with their counts, and the rarer filters folded away; beside
 * them the files that hold what is found. */
export function RegisterFilters({ list, filters: f, change }: Props) {
  const set = (key: keyof Filters, value: string) => change({ ...f, [key]: value });
  return (
    <section class="card register-filters" aria-label={t("acts.filters")}>
      <input type="search" value={f.q} maxLength={200} placeholder={t("acts.search")} aria-label={t("acts.search")} data-testid="acts-search"
        onInput={(e) => set("q", e.currentTarget.value)} />
      <States list={list} filters={f} set={(s) => set("state", s)} />
      <details open={chosen(f) > 0}>
        <summary data-testid="acts-filters">{t("acts.filters")}{chosen(f) > 0 ? ` (${chosen(f)})` : ""}</summary>
        <Fields list={list} filters={f} set={set} />
        {chosen(f) > 0 && <p><button type="button" class="button plain small" onClick={() => change({ ...noFilters, q: f.q, state: f.state })}>{t("acts.clear")}</button></p>}
      </details>
      <div class="row register-files">
        <a class="button plain small" href={register.list(f)} target="_blank" rel="noopener" data-testid="archive-list">{t("acts.archive_list")}</a>
        <a class="button plain small" href={register.table("xlsx", f, language.value)} download data-testid="acts-xlsx">{t("acts.xlsx")}</a>
        <a class="button plain small" href={register.table("csv", f, language.value)} download data-testid="acts-csv">{t("acts.csv")}</a>
      </div>
    </section>
  );
}

function States({ list, filters, set }: { list: ActList; filters: Filters; set: (state: string) => void }) {
  const counted = actStates.filter((s) => (list.states[s] ?? 0) > 0 || filters.state === s);
  const all = Object.values(list.states).reduce((a, b) => a + b, 0);
  return (
    <div class="row states" role="group" aria-label={t("acts.state")}>
      <button type="button" class="button plain small" aria-pressed={!filters.state} onClick={() => set("")}>{t("acts.all_states", { count: all })}</button>
      {counted.map((s) => (
        <button key={s} type="button" class="button plain small" aria-pressed={filters.state === s} data-testid={`acts-state-${s}`}
          onClick={() => set(filters.state === s ? "" : s)}>{t("acts.state_count", { state: t(`act_state.${s}`), count: list.states[s] ?? 0 })}</button>
      ))}
    </div>
  );
}

function Fields({ list, filters: f, set }: { list: ActList; filters: Filters; set: (key: keyof Filters, value: string) => void }) {
  const exams = useSignal<ExamSummary[]>([]);
  useEffect(() => { api.exams().then((x) => { exams.value = x; }, () => undefined); }, []); // without them the others still work
  const choice = (key: keyof Filters, label: string, options: [string, string][]) => (
    <label class="field">{label}
      <select value={f[key]} data-testid={`filter-${key}`} onChange={(e) => set(key, e.currentTarget.value)}>
        <option value="">{t("acts.any")}</option>
        {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
      </select>
    </label>
  );
  const date = (key: "from" | "to", label: string) => (
    <label class="field">{label}<input type="date" value={f[key]} data-testid={`filter-${key}`} onChange={(e) => set(key, e.currentTarget.value)} /></label>
  );
  const yesNo: [string, string][] = [["yes", t("acts.yes")], ["no", t("acts.no")]];
  return (
    <div class="filter-grid">
      {choice("appendix", t("acts.appendix"), [["A", t("acts.appendix_a")], ["B", t("acts.appendix_b")]])}
      {choice("year", t("acts.year"), list.years.map((y) => [String(y), String(y)]))}
      {choice("exam", t("acts.exam"), exams.value.map((x) => [x.id, `${x.title}, ${x.discipline}`]))}
      {date("from", t("acts.from"))}
      {date("to", t("acts.to"))}
      {choice("reason", t("acts.reasons"), [...reasons.map((r): [string, string] => [r, `${r} ${t(`reason.${r}`)}`]), ...decisions.map((d): [string, string] => [d, t(`decision.${d}`)])])}
      {choice("printed", t("acts.printed"), yesNo)}
      {choice("filed", t("acts.filed"), yesNo)}
    </div>
  );
}
