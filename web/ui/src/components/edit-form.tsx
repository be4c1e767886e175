import { useSignal } from "@preact/signals";
import { api } from "../api";
import { t } from "../i18n";
import { missingInReasons } from "../judgement";
import type { Act, Reason } from "../types";
import { ReasonBoxes } from "./reason-boxes";
import { Form } from "./submit";

/** The specialist's edit: a new version, whose signatures start over. */
export function EditForm({ act, take }: { act: Act; take: (a: Act) => void }) {
  const open = useSignal(false);
  const chosen = useSignal<Reason[]>(act.reasons);
  const other = useSignal(act.other ?? "");
  if (!open.value) return <p><button type="button" class="button plain" data-testid="edit" onClick={() => { open.value = true; }}>{t("edit.title")}</button></p>;
  const missing = missingInReasons(chosen.value, other.value);
  const submit = async () => {
    take(await api.edit(act.id, chosen.value, other.value.trim()));
    open.value = false;
  };
  return (
    <section class="card">
      <h2>{t("edit.title")}</h2>
      <p class="small">{t("edit.text")}</p>
      <Form submit={submit} disabled={missing !== ""} label={t("edit.submit")} testid="edit-submit" cancel={{ label: t("cancel"), run: () => { open.value = false; } }}>
        <ReasonBoxes chosen={chosen.value} change={(r) => { chosen.value = r; }} />
        <label class="field">{t("confirm.text")}
          <textarea rows={3} maxLength={216} value={other.value} data-testid="edit-text" onInput={(e) => { other.value = e.currentTarget.value; }} />
        </label>
        {missing && <p class="muted small">{t(missing)}</p>}
      </Form>
    </section>
  );
}
