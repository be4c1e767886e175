import { useSignal } from "@preact/signals";
import { api } from "../api";
import { t } from "../i18n";
import { added } from "../scenery";
import type { Box, Incident } from "../types";
import { Form } from "./submit";

interface Props { incident: Incident; scenery: Box[]; cancel: () => void; done?: () => void }

/** Dismissing a candidate, and saying of a person who is none what she is. */
export function DismissForm({ incident, scenery, cancel, done }: Props) {
  const text = useSignal("");
  const mirror = useSignal(false);
  const marked = incident.cause === "outsider" ? added(scenery, incident.peak.box) : null;
  const choose = (yes: boolean) => {
    mirror.value = yes;
    if (yes && !text.value.trim()) text.value = t("dismiss.scenery_text");
    if (!yes && text.value === t("dismiss.scenery_text")) text.value = "";
  };
  const submit = async () => {
    if (mirror.value && marked) await api.markScenery(incident.seat, marked);
    await api.dismiss(incident.id, text.value.trim());
    done?.();
  };
  return (
    <Form submit={submit} disabled={!text.value.trim()} label={t("dismiss.submit")}
      testid="dismiss-submit" cancel={{ label: t("cancel"), run: cancel }}>
      {marked && (
        <label class="check"><input type="checkbox" checked={mirror.value} data-testid="dismiss-scenery" onChange={(e) => choose(e.currentTarget.checked)} />
          <span>{t("dismiss.scenery")}<small class="muted">{t("dismiss.scenery_hint")}</small></span></label>
      )}
      <label class="field">{t("dismiss.text")}
        <textarea rows={2} maxLength={500} required value={text.value} data-testid="dismiss-text" onInput={(e) => { text.value = e.currentTarget.value; }} />
      </label>
    </Form>
  );
}
