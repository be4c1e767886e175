import { shortClock } from "../format";
import { language, t } from "../i18n";
import type { Message } from "../types";
import { Icon } from "./icon";

export function ProctorMessages({ messages }: { messages: Message[] }) {
  return (
    <section aria-live="polite" class={messages.length > 0 ? "messages" : ""} data-testid="messages">
      {messages.length > 0 && <h2>{t("exam.messages")}</h2>}
      {[...messages].reverse().map((m) => (
        <article key={m.at} class="message">
          <Icon name="message" size={18} />
          <p>{m.text}</p>
          <time dateTime={m.at}>{shortClock(m.at, language.value)}</time>
        </article>
      ))}
    </section>
  );
}
