import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../api";
import { Banner } from "../components/banner";
import { Loading } from "../components/loading";
import { PasskeyCard } from "../components/passkey-card";
import { PasswordForm } from "../components/password-form";
import { Form } from "../components/submit";
import { day } from "../format";
import { language, t } from "../i18n";
import { me, messageOf } from "../store";
import type { Account } from "../types";

/** Her own account: what she signs with and how she proves that it is her. */
export function AccountPage() {
  const account = useSignal<Account | null>(null);
  const error = useSignal("");
  const take = (a: Account) => { account.value = a; };
  const load = () => api.account().then(take, (e) => { error.value = messageOf(e); });
  useEffect(() => { load(); }, []);
  const a = account.value;
  if (!a) return <Loading error={error.value} retry={load} />;
  return (
    <div data-testid="account" data-key={a.key}>
      <h1>{t("account.title")}</h1>
      <p class="muted">{me.value?.name} · {me.value?.login}</p>
      {a.temporary && <Banner tone="warning" testid="account-temporary">{t("account.temporary")}</Banner>}
      {a.key !== "none" && <PasskeyCard account={a} take={take} />}
      {a.key !== "none" && <KeyCard account={a} take={take} />}
      <PasswordForm done={load} />
    </div>
  );
}

function KeyCard({ account: a, take }: { account: Account; take: (a: Account) => void }) {
  const open = useSignal(a.key === "revoked");
  const password = useSignal("");
  const renew = async () => {
    const given = password.value;
    password.value = "";
    take(await api.renewKey(given));
    open.value = false;
  };
  return (
    <section class="card">
      <h2>{t("account.key_title")}</h2>
      {a.key === "revoked" ? <Banner tone="warning" testid="key-revoked">{t("account.key_revoked")}</Banner>
        : <p class="small" data-testid="key-good">{t("account.key_good", { day: day(a.ends, language.value) })}</p>}
      {!open.value && <button type="button" class="button plain small" data-testid="key-renew" onClick={() => { open.value = true; }}>{t("account.key_renew")}</button>}
      {open.value && (
        <Form submit={renew} label={t("account.key_renew")} disabled={!password.value} testid="key-renew-submit"
          cancel={a.key === "revoked" ? undefined : { label: t("account.cancel"), run: () => { open.value = false; } }}>
          <p class="muted small">{t("account.key_renew_text")}</p>
          <label class="field">{t("account.password")}
            <input type="password" autocomplete="current-password" value={password.value} data-testid="key-password" onInput={(e) => { password.value = e.currentTarget.value; }} />
          </label>
        </Form>
      )}
    </section>
  );
}
