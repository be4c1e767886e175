import { useSignal } from "@preact/signals";
import { api } from "../api";
import type { Shown } from "../document";
import { t } from "../i18n";
import type { Act, Role } from "../types";
import { sealHint } from "../judgement";
import { StepUp, StepUpHints, useStepUp } from "./step-up";
import { Form } from "./submit";

interface Props { act: Act; role: Role; shown: Shown | null; take: (a: Act) => void }

/** Signing: after reading, exactly the bytes shown, with her passkey or her password. */
export function SignForm({ act, role, shown, take }: Props) {
  const read = useSignal(false);
  const step = useStepUp();
  const submit = async () => {
    const document = shown!.sha256;
    take(await step.confirm(() => api.challenge(act.id, { role, document }), (given) => api.sign(act.id, role, document, given)));
  };
  return (
    <section class="card">
      <h2>{t("sign.title")}</h2>
      <p class="small">{t("sign.as", { role: t(`role.${role}`) })}</p>
      {step.account.value && <StepUpHints account={step.account.value} />}
      <Form submit={submit} disabled={!shown || !read.value || !step.ready} testid="sign-submit"
        label={t(step.passkey.value ? (step.both ? "sign.submit_both" : "sign.submit_passkey") : "sign.submit")}>
        <label class="check"><input type="checkbox" checked={read.value} data-testid="sign-read" onChange={(e) => { read.value = e.currentTarget.checked; }} /><span>{t("sign.read")}</span></label>
        <StepUp step={step} name="sign" />
        <p class="muted small">{t(sealHint(act))}</p>
      </Form>
    </section>
  );
}
