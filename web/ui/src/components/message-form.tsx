import { useSignal } from "@preact/signals";
import { api } from "../api";
import { shortClock } from "../format";
import { language, t } from "../i18n";
import type { Message } from "../types";
import { Form } from "./submit";

export function MessageForm({ seat, sent }: { seat: string; sent: Message[] }) {
  const text = useSignal("");
  const submit = async () => {
    await api.message(seat, text.value.trim());
    text.value = "";
  };
  return (
    <section>
      <h3>{t("message.title")}</h3>
      {sent.length > 0 && <ul class="plain-list small">{sent.slice(-3).map((m) => <li key={m.at}><time dateTime={m.at}>{shortClock(m.at, language.value)}</time> {m.text}</li>)}</ul>}
      <Form submit={submit} disabled={!text.value.trim()} label={t("message.send")} look="plain" testid="message-send">
        <label class="field"><span class="visually-hidden">{t("message.text")}</span>
          <textarea rows={2} maxLength={500} placeholder={t("message.text")} value={text.value} data-testid="message-text" onInput={(e) => { text.value = e.currentTarget.value; }} />
        </label>
      </Form>
    </section>
  );
}
