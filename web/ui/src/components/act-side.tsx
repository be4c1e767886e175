import { api } from "../api";
import type { Shown } from "../document";
import { dateTime } from "../format";
import { language, t } from "../i18n";
import { has, may, orderOf, turnOf } from "../rights";
import { scanRoles, type Act } from "../types";
import { ActDeliveryLine } from "./act-delivery";
import { AppealCard } from "./appeal-card";
import { EditForm } from "./edit-form";
import { Icon } from "./icon";
import { PaperCard } from "./paper-card";
import { HandCard } from "./hand-card";
import { NCALayerForm } from "./ncalayer-form";
import { SignForm } from "./sign-form";
import { SignatureWay } from "./signature-way";
import { TextAction } from "./text-action";

interface Props { act: Act; shown: Shown | null; take: (a: Act) => void }

/** Signatures so far, and what the person at the screen may do with the act. */
export function ActSide({ act: a, shown, take }: Props) {
  const open = a.state === "drafted" || a.state === "signing";
  const closable = open || a.state === "refused" || a.state === "in_force";
  const role = turnOf(a);
  return (
    <aside class="act-side">
      <ActDeliveryLine act={a} />
      <Signatures act={a} />
      {open && role && <SignForm key={`${a.version} ${role}`} act={a} role={role} shown={shown} take={take} />}
      {open && role && <NCALayerForm key={`ncalayer ${a.version} ${role}`} act={a} role={role} shown={shown} take={take} />}
      {open && !role && a.next && <NotYou act={a} />}
      {open && role && (
        <TextAction key={`refuse ${a.version} ${role}`} name="refuse" title={t("refuse.title")} text={t("refuse.text")} label={t("refuse.title")} look="danger"
          run={async (text) => take(await api.refuse(a.id, role, text))} />
      )}
      {open && a.next && shown && scanRoles.some(has) && <HandCard key={`hand ${a.version}`} act={a} shown={shown} take={take} />}
      {may(a.appendix === "B" ? "inspect" : "edit") && (open || a.state === "refused") && <EditForm key={a.version} act={a} take={take} />}
      <AppealCard act={a} take={take} />
      <PaperCard act={a} shown={shown} take={take} />
      {may("close") && closable && (
        <TextAction name="close" title={t(a.state === "in_force" ? "close_act.supersede" : "close_act.withdraw")}
          text={t(a.appendix === "B" ? "close_act.inspection_text" : a.state === "in_force" ? "close_act.supersede_text" : "close_act.withdraw_text")} label={t(a.state === "in_force" ? "close_act.supersede" : "close_act.withdraw")} look="danger"
          run={async (text) => take(await api.close(a.id, text))} />
      )}
    </aside>
  );
}

/** Whose turn it is, by name where the act names her. */
function NotYou({ act }: { act: Act }) {
  const text = act.turns.map((role) => {
    const name = act.officials_names?.[role];
    return name ? t("sign.named", { name, role: t(`role.${role}`) }) : t("sign.not_you", { role: t(`role.${role}`) });
  });
  return <p class="muted" data-testid="sign-not-you">{text.join(" ")}</p>;
}

function Signatures({ act: a }: { act: Act }) {
  return (
    <section class="card">
      <h2>{t("signatures.title", { count: a.signatures?.length ?? 0 })}</h2>
      <ol class="signatures" data-testid="signatures">
        {orderOf(a).map((role, n) => {
          const s = a.signatures?.find((x) => x.role === role);
          return (
            <li key={role} class={s ? "done" : a.turns.includes(role) ? "next" : ""} data-testid={`signature-${role}`} data-signed={!!s}>
              <span class="step-mark">{s ? <Icon name="check" size={16} /> : n + 1}</span>
              <span>
                <strong>{t(`role.${role}`)}</strong>
                {s ? <><br />{s.name}<br /><small class="muted">{dateTime(s.at, language.value)}</small><br /><small class="muted hash">{t("signatures.certificate")} {s.certificate.slice(0, 16)}…</small></>
                  : <>{a.officials_names?.[role] && <><br />{a.officials_names[role]}</>}<br /><small class="muted">{t(a.turns.includes(role) ? "signatures.next" : "signatures.waits")}</small></>}
                {s && <SignatureWay role={role} method={s.method} revocation={s.revocation} attester={a.scan_names?.[s.attested ?? ""] || s.attested} />}
              </span>
            </li>
          );
        })}
      </ol>
      <p class="small muted">{t("signatures.version", { version: a.version })} · {t("signatures.by", { by: a.by_name || a.by })}</p>
    </section>
  );
}
