import { day } from "../format";
import { language, t } from "../i18n";
import { orderOf } from "../rights";
import { reasons, type Act, type Role } from "../types";
import { Icon } from "./icon";

/** The offices of either appendix. */
type Office = "specialist" | "engineer" | "head" | "registrar";

/** Appendix A as a page: the form's own words, filled in. */
export function ActForm({ act: a }: { act: Act }) {
  return (
    <article class="paper" data-testid="act-form">
      <p class="paper-appendix">{t("form_a.appendix")}</p>
      <h2>{t("form_a.title")}</h2>
      <p>
        {t("form_a.we")} <b>{a.examinee.name}</b> <small>{t("form_a.name")}</small><br />
        {t("form_a.specialty")} <b>{a.examinee.specialty}</b><br />
        {t("form_a.group")} <b>{a.examinee.group}</b> {t("form_a.subject")} <b>{a.discipline}</b> {t("form_a.drawn")}
      </p>
      <p>{t("form_a.breaches")}</p>
      <ul class="paper-boxes">
        {reasons.map((r) => {
          const ticked = (a.reasons ?? []).includes(r);
          return (
            <li key={r} class={ticked ? "ticked" : ""}>
              <span class="box" role="img" aria-label={t(ticked ? "form_a.ticked" : "form_a.not_ticked")}>{ticked && <Icon name="check" size={16} />}</span>
              <span>{t(`reason.${r}`)}{r === "A6" && ticked && a.other ? <><br /><b>{a.other}</b></> : null}</span>
            </li>
          );
        })}
      </ul>
      <p><b>{t("form_a.annulled")}</b></p>
      <table class="paper-signatures"><tbody>
        {orderOf(a).map((role) => <SignatureRow key={role} act={a} role={role} />)}
      </tbody></table>
      <p>{t("form_a.date")} {day(a.drawn_up, language.value)}</p>
      {language.value !== "kk" && <p class="muted small">{t("form_a.translation")}</p>}
    </article>
  );
}

export function SignatureRow({ act, role }: { act: Act; role: Role }) {
  const s = act.signatures?.find((x) => x.role === role);
  return (
    <tr>
      <td>{t(`form_a.office.${role as Office}`)}</td>
      <td class={s ? "signed" : "unsigned"}>{s ? <><Icon name="check" size={16} /> {t("form_a.signed")}</> : t("form_a.signature")}</td>
      <td>{s?.name ?? act.officials_names?.[role] ?? t("form_a.no_name")}</td>
    </tr>
  );
}
