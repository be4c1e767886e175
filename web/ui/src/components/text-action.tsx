import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { Form } from "./submit";

interface Props { name: string; title: string; text: string; label: string; look: "danger" | "plain"; run: (text: string) => Promise<void>; limit?: number }

/** Something grave that needs a reason in writing; folded away until wanted. */
export function TextAction({ name, title, text, label, look, run, limit = 500 }: Props) {
  const open = useSignal(false);
  const reason = useSignal("");
  const close = () => {
    open.value = false;
    reason.value = "";
  };
  if (!open.value) return <p><button type="button" class="button plain" data-testid={name} onClick={() => { open.value = true; }}>{title}</button></p>;
  const submit = async () => {
    await run(reason.value.trim());
    close();
  };
  return (
    <section class="card">
      <h2>{title}</h2>
      <p class="small">{text}</p>
      <Form submit={submit} look={look} label={label} disabled={!reason.value.trim()} testid={`${name}-submit`} cancel={{ label: t("cancel"), run: close }}>
        <label class="field">{t("reason_text")}
          <textarea rows={3} maxLength={limit} required value={reason.value} data-testid={`${name}-text`} onInput={(e) => { reason.value = e.currentTarget.value; }} />
        </label>
      </Form>
    </section>
  );
}
