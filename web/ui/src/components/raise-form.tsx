import { useSignal } from "@preact/signals";
import { api } from "../api";
import { t } from "../i18n";
import { Form } from "./submit";

const kinds = ["object", "other"] as const;

/** Raising by hand what no detector can see. */
export function RaiseForm({ seat }: { seat: string }) {
  const open = useSignal(false);
  const cause = useSignal<(typeof kinds)[number]>("object");
  const text = useSignal("");
  const close = () => {
    open.value = false;
    text.value = "";
  };
  if (!open.value)
    return <p><button type="button" class="button plain" data-testid="raise" onClick={() => { open.value = true; }}>{t("raise.open")}</button></p>;
  const submit = async () => {
    await api.raise(seat, cause.value, text.value.trim());
    close();
  };
  return (
    <section class="card inner">
      <h3>{t("raise.title")}</h3>
      <Form submit={submit} disabled={!text.value.trim()} label={t("raise.submit")} testid="raise-submit" cancel={{ label: t("cancel"), run: close }}>
        <fieldset class="reasons">
          <legend>{t("raise.cause")}</legend>
          {kinds.map((c) => (
            <label key={c} class="check"><input type="radio" name="raise-cause" checked={cause.value === c} data-testid={`raise-${c}`}
              onChange={() => { cause.value = c; }} /><span>{t(`cause.${c}`)}</span></label>
          ))}
        </fieldset>
        <label class="field">{t("raise.text")}
          <textarea rows={2} maxLength={216} required value={text.value} data-testid="raise-text" onInput={(e) => { text.value = e.currentTarget.value; }} />
        </label>
      </Form>
    </section>
  );
}
