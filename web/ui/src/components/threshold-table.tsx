import { language, t } from "../i18n";
import { thresholds, type Threshold } from "../types";
import { limits, number, type Draft } from "../watching";
import { Seconds } from "./rule-row";

type Single = "loss" | "floor" | "evidence";

interface Props { draft: Draft; standard: Draft; wrong: string[]; editable: boolean; change: (d: Draft) => void }

/** How sure the detectors must be, and what counts as a poor network. */
export function ThresholdTable({ draft, standard, wrong, editable, change }: Props) {
  const row = (k: Threshold | Single, value: string, fallback: string, set: (v: string) => void, range: [number, number]) => (
    <tr key={k} class={value === fallback ? "" : "differs"} data-testid={`threshold-${k}`}>
      <th scope="row">{t(`threshold.${k}`)}<small class="muted rule-kind">{t(`threshold_hint.${k}`)}</small></th>
      <td><Seconds name={t(`threshold.${k}`)} value={value} standard={fallback} editable={editable} bad={wrong.includes(k)} testid={`value-${k}`} change={set} /></td>
      <td>{wrong.includes(k) && <p class="problem small" role="alert">{t("watching.bad_range", { least: number(range[0], language.value), most: number(range[1], language.value) })}</p>}</td>
    </tr>
  );
  const single: [Single, [number, number]][] = [["loss", [0, 100]], ["floor", [0, 2000]], ["evidence", [0, 300]]];
  return (
    <table class="rules thresholds">
      <tbody>
        {thresholds.map((k) => row(k, draft.thresholds[k], standard.thresholds[k],
          (v) => change({ ...draft, thresholds: { ...draft.thresholds, [k]: v } }), limits[k]))}
        {single.map(([k, range]) => row(k, draft[k], standard[k], (v) => change({ ...draft, [k]: v }), range))}
      </tbody>
    </table>
  );
}
