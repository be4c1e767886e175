import { useSignal } from "@preact/signals";
import { api } from "../api";
import { t } from "../i18n";
import { missingInReasons, sameTwice, stillHeld } from "../judgement";
import { orderOf } from "../rights";
import type { Act, Officials, Reason, Staff } from "../types";
import { useAction } from "./action";
import { Banner } from "./banner";
import { InspectionEdit } from "./inspection-edit";
import { OfficialChoice } from "./official-choice";
import { ReasonBoxes } from "./reason-boxes";
import { Form } from "./submit";

/** The specialist's edit: a new version, whose signatures start over. */
export function EditForm({ act, take }: { act: Act; take: (a: Act) => void }) {
  const staff = useSignal<Staff[] | null>(null);
  const open = useAction(async () => { staff.value = await api.staff(); });
  if (!staff.value) {
    return (
      <>
        <p><button type="button" class="button plain" data-testid="edit" disabled={open.busy.value} onClick={() => open.run()}>{t("edit.title")}</button></p>
        {open.error.value && <Banner tone="danger">{open.error.value}</Banner>}
      </>
    );
  }
  const props = { act, staff: staff.value, take, close: () => { staff.value = null; } };
  return act.appendix === "B" ? <InspectionEdit {...props} /> : <Edit {...props} />;
}

export interface EditProps { act: Act; staff: Staff[]; take: (a: Act) => void; close: () => void }

function Edit({ act, staff, take, close }: EditProps) {
  const chosen = useSignal<Reason[]>(act.reasons ?? []);
  const other = useSignal(act.other ?? "");
  const officials = useSignal<Officials>(stillHeld(act.officials ?? {}, staff));
  const missing = missingInReasons(chosen.value, other.value) || (sameTwice(officials.value) ? "edit.distinct" : "");
  const submit = async () => {
    take(await api.edit(act.id, chosen.value, other.value.trim(), officials.value));
    close();
  };
  return (
    <section class="card">
      <h2>{t("edit.title")}</h2>
      <p class="small">{t("edit.text")}</p>
      <Form submit={submit} disabled={missing !== ""} label={t("edit.submit")} testid="edit-submit" cancel={{ label: t("cancel"), run: close }}>
        <ReasonBoxes chosen={chosen.value} change={(r) => { chosen.value = r; }} />
        <label class="field">{t("confirm.text")}
          <textarea rows={3} maxLength={216} value={other.value} data-testid="edit-text" onInput={(e) => { other.value = e.currentTarget.value; }} />
        </label>
        <OfficialChoice order={orderOf(act)} staff={staff} chosen={officials.value} change={(o) => { officials.value = o; }} />
        {missing && <p class="muted small">{t(missing)}</p>}
      </Form>
    </section>
  );
}
