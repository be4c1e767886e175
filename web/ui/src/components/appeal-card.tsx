import { api } from "../api";
import { dateTime, given } from "../format";
import { language, t } from "../i18n";
import { has } from "../rights";
import type { Act } from "../types";
import { TextAction } from "./text-action";

/** When the examinee was told of an act, what she says of it, and the outcome. */
export function AppealCard({ act: a, take }: { act: Act; take: (a: Act) => void }) {
  const p = a.appeal;
  const l = language.value;
  if (!p) return given(a.notified) ? <p class="muted small" data-testid="notified">{t("appeal.notified", { time: dateTime(a.notified, l) })}</p> : null;
  const open = !given(p.decided);
  return (
    <section class="card" data-testid="appeal" data-open={open}>
      <h2>{t("appeal.title")}</h2>
      {given(a.notified) && <p class="muted small">{t("appeal.notified", { time: dateTime(a.notified, l) })}</p>}
      <p class="muted small">{t("appeal.filed", { time: dateTime(p.filed, l) })}</p>
      <blockquote>{p.text}</blockquote>
      {open ? <p><strong>{t("appeal.waits")}</strong></p> : (
        <>
          <p><strong>{t(p.upheld ? "appeal.upheld" : "appeal.rejected")}</strong> · {dateTime(p.decided!, l)}</p>
          <p>{p.outcome}</p>
        </>
      )}
      {open && has("registrar") && (
        <>
          <TextAction name="appeal-uphold" title={t("appeal.uphold")} text={t("appeal.uphold_text")} label={t("appeal.uphold")} look="danger" limit={4000}
            run={async (text) => take(await api.decideAppeal(a.id, true, text))} />
          <TextAction name="appeal-reject" title={t("appeal.reject")} text={t("appeal.reject_text")} label={t("appeal.reject")} look="plain" limit={4000}
            run={async (text) => take(await api.decideAppeal(a.id, false, text))} />
        </>
      )}
    </section>
  );
}
