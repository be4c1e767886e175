import { useSignal } from "@preact/signals";
import { api } from "../api";
import { t } from "../i18n";
import { given } from "../format";
import { sameTwice, stillHeld } from "../judgement";
import { orderOf } from "../rights";
import type { InspectionText, Officials } from "../types";
import type { EditProps } from "./edit-form";
import { InspectionFields } from "./inspection-fields";
import { OfficialChoice } from "./official-choice";
import { Form } from "./submit";

/** The edit of an Appendix B act: a new version, whose signatures start over. */
export function InspectionEdit({ act, staff, take, close }: EditProps) {
  const text = useSignal<InspectionText>(texts(act.inspection!));
  const officials = useSignal<Officials>(stillHeld(act.officials ?? {}, staff));
  const missing = sameTwice(officials.value) ? t("edit.distinct") : "";
  const submit = async () => {
    take(await api.editInspection(act.id, text.value, officials.value));
    close();
  };
  return (
    <section class="card">
      <h2>{t("edit.title")}</h2>
      <p class="small">{t("edit.text")}</p>
      <Form submit={submit} disabled={missing !== ""} label={t("edit.submit")} testid="edit-submit" cancel={{ label: t("cancel"), run: close }}>
        <InspectionFields text={text.value} change={(x) => { text.value = x; }} />
        <OfficialChoice order={orderOf(act)} staff={staff} chosen={officials.value} change={(o) => { officials.value = o; }} />
        {missing && <p class="muted small">{missing}</p>}
      </Form>
    </section>
  );
}

const texts = (x: InspectionText): InspectionText => ({
  purpose: x.purpose, result: x.result, decision: x.decision, code: x.code || undefined, minutes: x.minutes || undefined,
  from: given(x.from) ? x.from : undefined, to: given(x.to) ? x.to : undefined,
});
