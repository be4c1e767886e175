import { useSignal } from "@preact/signals";
import { api } from "../api";
import { clock } from "../format";
import { language, t } from "../i18n";
import { Form } from "./submit";

const kinds = ["object", "other"] as const;

interface Props {
  seat: string;
  /** The moment that is looked at; left out, it is now. */
  at?: () => number;
  raised?: () => void;
}

/** Raising by hand what no detector can see. */
export function RaiseForm({ seat, at, raised }: Props) {
  const open = useSignal(false);
  const cause = useSignal<(typeof kinds)[number]>("object");
  const text = useSignal("");
  const moment = useSignal<number | undefined>(undefined); // of the picture when the form was opened
  const close = () => {
    open.value = false;
    text.value = "";
  };
  if (!open.value)
    return <p><button type="button" class="button plain" data-testid="raise" onClick={() => { moment.value = at?.(); open.value = true; }}>{t("raise.open")}</button></p>;
  const submit = async () => {
    await api.raise(seat, cause.value, text.value.trim(), moment.value === undefined ? undefined : new Date(moment.value).toISOString());
    close();
    raised?.();
  };
  return (
    <section class="card inner">
      <h3>{t("raise.title")}</h3>
      {moment.value !== undefined && <p data-testid="raise-at">{t("raise.at", { time: clock(moment.value, language.value) })}</p>}
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
