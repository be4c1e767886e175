import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, ApiError } from "../api";
import { useAction } from "../components/action";
import { Badge } from "../components/badge";
import { Banner } from "../components/banner";
import { Brand } from "../components/brand";
import { FileChoice } from "../components/file-choice";
import { LanguageSwitch } from "../components/language-switch";
import { SignatureWay } from "../components/signature-way";
import { dateTime } from "../format";
import { language, t } from "../i18n";
import { messageOf } from "../store";
import type { CheckedAct, Standing } from "../types";

/** For anybody who holds an act, without an account: does it stand, and is this file whole? */
export function VerifyPage({ act, digest }: { act: string; digest: string }) {
  return (
    <main class="login-page verify-page">
      <div class="login-top"><Brand /><LanguageSwitch /></div>
      <h1>{t("verify.title")}</h1>
      {act && <Known act={act} digest={digest} />}
      <FileCheck />
    </main>
  );
}

/** What the register says of the act whose QR code led here. */
function Known({ act, digest }: { act: string; digest: string }) {
  const standing = useSignal<Standing | null>(null);
  const error = useSignal("");
  useEffect(() => {
    api.standing(act, digest).then(
      (s) => { standing.value = s; },
      (e) => { error.value = e instanceof ApiError && (e.status === 404 || e.status === 400) ? t("verify.unknown") : messageOf(e); },
    );
  }, [act, digest]);
  if (error.value) return <Banner tone="danger" testid="verify-standing">{error.value}</Banner>;
  return standing.value && <StandingCard standing={standing.value} />;
}

function StandingCard({ standing: s }: { standing: Standing }) {
  if (!s.current) return <Banner tone="warning" testid="verify-standing">{t("verify.not_current")}</Banner>;
  const key = s.appendix === "B" && s.state === "in_force" ? "act_state.decided" : (`act_state.${s.state!}` as const);
  return (
    <section class="card" data-testid="verify-standing">
      <h2>{s.number} <Badge tone={s.state === "in_force" ? "ok" : "warning"} icon="document">{t(key)}</Badge></h2>
      <p>{t(`verify.appendix_${s.appendix!}`)}</p>
      <p>{s.state === "in_force" ? t("verify.in_force", { time: dateTime(s.in_force ?? "", language.value) }) : t("verify.without_effect", { count: s.signed })}</p>
      <p class="muted small">{t("verify.print_hint")}</p>
    </section>
  );
}

function FileCheck() {
  const checked = useSignal<CheckedAct | null>(null);
  const check = useAction(async (file: File) => {
    checked.value = null;
    checked.value = await api.verify(new Blob([file], { type: "application/pdf" }));
  });
  return (
    <section class="card">
      <h2>{t("verify.file")}</h2>
      <p class="muted">{t("verify.file_text")}</p>
      <FileChoice label={t("verify.choose")} accept="application/pdf,.pdf" busy={check.busy.value} choose={check.run} testid="verify-file" />
      {check.busy.value && <p role="status">{t("verify.checking")}</p>}
      {check.error.value && <Banner tone="danger" testid="verify-error">{check.error.value}</Banner>}
      {checked.value && <Result checked={checked.value} />}
    </section>
  );
}

function Result({ checked: c }: { checked: CheckedAct }) {
  const good = c.whole && c.complete && c.ours;
  const says = c.revoked ? "verify.revoked" : !c.whole ? "verify.broken" : c.signatures.length > 0 && !c.ours ? "verify.foreign" : c.complete ? "verify.good" : "verify.incomplete";
  return (
    <div data-testid="verify-result" data-whole={String(c.whole)} data-complete={String(c.complete)} data-ours={String(c.ours)}>
      <Banner tone={good ? "ok" : c.whole ? "warning" : "danger"}>{t(says)}</Banner>
      {c.number && <p><strong>{c.number}</strong> · {t("verify.version", { version: c.version })}</p>}
      <ol>
        {c.signatures.map((s) => 
          <li key={s.role}>{s.name} — {t(`role.${s.role}`)}, {dateTime(s.at, language.value)}<SignatureWay role={s.role} method={s.method} attester={s.attester} />
            {s.revoked && <small data-testid={`revoked-${s.role}`}><br />{t("verify.revoked_since", { time: dateTime(s.revoked, language.value) })}</small>}</li>
        )}
      </ol>
      {c.problems.length > 0 && (
        <details><summary>{t("verify.details")}</summary><ul lang="en">{c.problems.map((p) => <li key={p}><code>{p}</code></li>)}</ul></details>
      )}
      {c.standing && <StandingCard standing={c.standing} />}
    </div>
  );
}
