import { useSignal } from "@preact/signals";
import { api } from "../api";
import { t } from "../i18n";
import type { Incident } from "../types";
import { Form } from "./submit";

export function DismissForm({ incident, cancel, done }: { incident: Incident; cancel: () => void; done?: () => void }) {
  const text = useSignal("");
  const submit = async () => {
    await api.dismiss(incident.id, text.value.trim());
    done?.();
  };
  return (
    <Form submit={submit} disabled={!text.value.trim()} label={t("dismiss.submit")}
      testid="dismiss-submit" cancel={{ label: t("cancel"), run: cancel }}>
      <label class="field">{t("dismiss.text")}
        <textarea rows={2} maxLength={500} required value={text.value} data-testid="dismiss-text" onInput={(e) => { text.value = e.currentTarget.value; }} />
      </label>
    </Form>
  );
}
