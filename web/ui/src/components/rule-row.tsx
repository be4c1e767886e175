import { t } from "../i18n";
import { modes, ruleProblem, type Mode, type RuleDraft } from "../watching";
import type { Cause } from "../types";

const times = ["warn", "open", "close"] as const;

interface Props {
  cause: Cause; hint: boolean; rule: RuleDraft; standard: RuleDraft; differs: boolean; editable: boolean;
  change: (r: RuleDraft) => void; reset: () => void;
}

/** One cause: whether it is watched, and how patiently; its default beside it. */
export function RuleRow({ cause, hint, rule, standard, differs, editable, change, reset }: Props) {
  const problem = ruleProblem(cause, rule);
  const used = { on: ["warn", "open", "close"], advice: ["warn"], off: [] as string[] }[rule.mode];
  const choices = modes.filter((m) => m !== "on" || cause !== "dark");
  return (
    <tr class={differs ? "differs" : ""} data-testid={`rule-${cause}`}>
      <th scope="row">{t(`cause.${cause}`)}{hint && <small class="muted rule-kind">{t("watching.hint")}</small>}{cause === "network" && <small class="muted rule-kind">{t("watching.fault")}</small>}</th>
      <td>
        <select value={rule.mode} disabled={!editable} aria-label={`${t(`cause.${cause}`)}: ${t("watching.mode")}`} data-testid={`mode-${cause}`}
          onChange={(e) => change({ ...rule, mode: e.currentTarget.value as Mode })}>
          {choices.map((m) => <option key={m} value={m}>{t(`mode.${m}`)}</option>)}
        </select>
      </td>
      {times.map((f) => (
        <td key={f}>
          {used.includes(f)
            ? <Seconds name={`${t(`cause.${cause}`)}: ${t(`watching.${f}`)}`} value={rule[f]} standard={standard[f]} editable={editable} bad={!!problem}
              testid={`${f}-${cause}`} change={(v) => change({ ...rule, [f]: v })} />
            : <span class="muted">—</span>}
        </td>
      ))}
      <td>
        {differs && editable && <button type="button" class="button plain small" data-testid={`reset-${cause}`} onClick={reset}>{t("watching.reset")}</button>}
        {problem && <p class="problem small" role="alert" data-testid={`problem-${cause}`}>{t(problem)}</p>}
      </td>
    </tr>
  );
}

interface SecondsProps { name: string; value: string; standard: string; editable: boolean; bad: boolean; testid: string; change: (v: string) => void }

/** A number, and the default under it where the two differ or not. */
export function Seconds({ name, value, standard, editable, bad, testid, change }: SecondsProps) {
  return (
    <>
      <input type="text" inputMode="decimal" class="number" value={value} disabled={!editable} aria-label={name} aria-invalid={bad} data-testid={testid}
        onInput={(e) => change(e.currentTarget.value)} />
      <small class="muted standard">{t("watching.standard", { value: standard })}</small>
    </>
  );
}
