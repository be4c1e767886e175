import { useSignal } from "@preact/signals";
import { api } from "../api";
import { t } from "../i18n";
import { isHint, missingInReasons, suggestion } from "../judgement";
import type { Incident, Reason } from "../types";
import { Banner } from "./banner";
import { ReasonBoxes } from "./reason-boxes";
import { Form } from "./submit";

/** Confirming a violation, in two steps: reasons first, then the word itself. */
export function ConfirmForm({ incident, cancel, done }: { incident: Incident; cancel: () => void; done?: () => void }) {
  const suggested = suggestion(incident.cause);
  const chosen = useSignal<Reason[]>(suggested ? [suggested] : []);
  const text = useSignal(incident.note ?? "");
  const sure = useSignal(false);
  const hint = isHint(incident);
  const missing = missingInReasons(chosen.value, text.value, hint);
  const submit = async () => {
    if (!sure.value) {
      sure.value = true;
      return;
    }
    await api.confirm(incident.id, chosen.value, text.value.trim());
    done?.();
  };
  return (
    <Form submit={submit} disabled={missing !== ""} look={sure.value ? "danger" : "primary"}
      label={t(sure.value ? "confirm.draft" : "confirm.next")} testid={sure.value ? "confirm-draft" : "confirm-next"}
      cancel={{ label: t("cancel"), run: sure.value ? () => { sure.value = false; } : cancel }}>
      {sure.value ? <Sure chosen={chosen.value} text={text.value} /> : (
        <>
          {hint && <Banner tone="info" testid="confirm-hint">{t("confirm.hint_why")}</Banner>}
          <ReasonBoxes chosen={chosen.value} suggested={suggested} change={(r) => { chosen.value = r; }} />
          <label class="field">{t(hint ? "confirm.hint_words" : chosen.value.includes("A6") ? "confirm.text_required" : "confirm.text")}
            <textarea rows={3} maxLength={216} value={text.value} data-testid="confirm-text" onInput={(e) => { text.value = e.currentTarget.value; }} />
          </label>
          {missing && <p class="muted small" role="status">{t(missing)}</p>}
        </>
      )}
    </Form>
  );
}

function Sure({ chosen, text }: { chosen: Reason[]; text: string }) {
  return (
    <Banner tone="warning" title={t("confirm.sure")} testid="confirm-sure">
      <ul lang="kk">{chosen.map((r) => <li key={r}>{t(`official.${r}`)}</li>)}</ul>
      {text.trim() && <p>{text}</p>}
      <p>{t("confirm.sure_text")}</p>
    </Banner>
  );
}
