import { useSignal } from "@preact/signals";
import { api } from "../api";
import type { Shown } from "../document";
import { handsAfter } from "../hands";
import { t } from "../i18n";
import { sealHint } from "../judgement";
import { orderOf } from "../rights";
import { me } from "../store";
import type { Act, Role, Scan } from "../types";
import { StepUp, useStepUp } from "./step-up";
import { Form } from "./submit";
import { TextAction } from "./text-action";

interface Props { act: Act; scan: Scan; shown: Shown; take: (a: Act) => void }

/** Why the person at the screen may not attest this scan; "" if she may. */
function hindered(act: Act, scan: Scan): "" | "hand.not_named" | "hand.not_own_scan" {
  const login = me.value?.login ?? "";
  if (Object.values(act.officials ?? {}).includes(login) || act.signatures?.some((s) => s.login === login)) return "hand.not_named";
  return scan.by === login ? "hand.not_own_scan" : "";
}

/** One official's word on whose hand signatures a scan shows, or her refusal. */
export function AttestForm({ act, scan, shown, take }: Props) {
  const left = orderOf(act).filter((r) => !act.signatures?.some((s) => s.role === r));
  const hands = useSignal<Role[]>(act.turns.slice(0, 1));
  const seen = useSignal(false);
  const number = useSignal("");
  const step = useStepUp();
  const why = hindered(act, scan);
  const refuse = (
    <TextAction name="scan-refuse" title={t("hand.refuse")} text={t("hand.refuse_text")} label={t("hand.refuse")} look="danger"
      run={async (text) => take(await api.refuseScan(act.id, scan.id, text))} />
  );
  if (why) return <><p class="muted small" data-testid="attest-not-you">{t(why)}</p>{refuse}</>;
  const submit = async () => take(await step.confirm(
    () => api.challenge(act.id, { role: "", scan: scan.id, document: shown.sha256 }),
    (given) => api.attest(act.id, scan.id, hands.value, number.value.trim(), shown.sha256, given)));
  const typed = scan.code === "matches" || number.value.trim() !== "";
  const nameOf = (r: Role) => `${act.officials_names?.[r] ?? ""} (${t(`role.${r}`)})`;
  return (
    <>
      <Form submit={submit} disabled={!seen.value || !typed || !step.ready} label={t(hands.value.length > 1 ? "hand.attest_several" : "hand.attest_submit")} testid="attest-submit">
        <fieldset class="field">
          <legend>{t("hand.whose")}</legend>
          {left.map((r) => (
            <label class="check" key={r}>
              <input type="checkbox" checked={hands.value.includes(r)} data-testid={`attest-${r}`}
                onChange={(e) => { hands.value = handsAfter(act, left, hands.value, r, e.currentTarget.checked); e.currentTarget.checked = hands.value.includes(r); }} />
              <span>{nameOf(r)}</span>
            </label>
          ))}
        </fieldset>
        {scan.code === "absent" && (
          <label class="field">{t("hand.number")}
            <input type="text" value={number.value} autocomplete="off" placeholder="A-0000-00000" data-testid="attest-number" onInput={(e) => { number.value = e.currentTarget.value; }} />
          </label>
        )}
        <label class="check"><input type="checkbox" checked={seen.value} data-testid="attest-seen" onChange={(e) => { seen.value = e.currentTarget.checked; }} /><span>{t("hand.seen")}</span></label>
        <StepUp step={step} name="attest" />
        <p class="muted small" data-testid="attest-effect">{t(sealHint(act, hands.value.length))}</p>
      </Form>
      {refuse}
    </>
  );
}
