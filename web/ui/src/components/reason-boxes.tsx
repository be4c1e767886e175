import { language, t } from "../i18n";
import { reasons, type Reason } from "../types";

interface Props { chosen: Reason[]; change: (r: Reason[]) => void; suggested?: Reason }

/** Appendix A's six boxes, in the regulation's own words. */
export function ReasonBoxes({ chosen, change, suggested }: Props) {
  const toggle = (r: Reason) => change(reasons.filter((x) => (x === r ? !chosen.includes(r) : chosen.includes(x))));
  return (
    <fieldset class="reasons">
      <legend>{t("confirm.reasons")}</legend>
      {reasons.map((r) => (
        <label key={r} class="check">
          <input type="checkbox" checked={chosen.includes(r)} data-testid={`reason-${r}`} onChange={() => toggle(r)} />
          <span>
            <span lang="kk">{t(`official.${r}`)}</span>
            {language.value !== "kk" && <small class="muted">{t(`reason.${r}`)}</small>}
            {r === suggested && <small class="suggested">{t("confirm.suggested")}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
