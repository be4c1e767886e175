import { dateTime } from "../format";
import { language, t } from "../i18n";
import { causes, type Cause, type SignOrder, type Threshold, type Watching } from "../types";
import { differences, draftOf, type Difference, type Mode } from "../watching";

/** A difference as a sentence. */
export function differenceText(d: Difference): string {
  if (d.what === "order") return t("watching.became", { what: t("order.title"), from: t(`order.${d.from as SignOrder}`), to: t(`order.${d.to as SignOrder}`) });
  const isCause = (causes as readonly string[]).includes(d.what);
  const what = isCause ? t(`cause.${d.what as Cause}`) : t(`threshold.${d.what as Threshold | "loss" | "floor" | "evidence"}`);
  if (d.field === "mode") return t("watching.became", { what, from: t(`mode.${d.from as Mode}`), to: t(`mode.${d.to as Mode}`) });
  const name = d.field === "value" ? what : `${what}, ${t(`watching.${d.field}`)}`;
  return t("watching.became", { what: name, from: d.from, to: d.to });
}

/** Who changed what is watched, and when: as the journal has it. */
export function PolicyChanges({ watching }: { watching: Watching }) {
  const l = language.value;
  const { changes, defaults } = watching;
  return (
    <section class="card">
      <h2>{t("watching.history")}</h2>
      <ol class="plain-list changes" data-testid="policy-changes">
        {changes.map((c, i) => {
          const before = changes[i + 1]?.policy ?? defaults;
          const list = differences(draftOf(before, l), draftOf(c.policy, l));
          const first = i === changes.length - 1;
          return (
            <li key={c.at + i}>
              <time dateTime={c.at}>{dateTime(c.at, l)}</time> <strong>{c.by_name || t("watching.by_system")}</strong>
              {first && <span class="muted"> · {t("watching.scheduled")}</span>}
              {list.length === 0
                ? <p class="small muted">{t("watching.as_default")}</p>
                : <ul class="small">{list.map((d) => <li key={d.what + d.field}>{differenceText(d)}</li>)}</ul>}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
