import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../api";
import type { Shown } from "../document";
import { t } from "../i18n";
import { agree } from "../passkey";
import { me } from "../store";
import type { Account, Act, Role } from "../types";
import { Banner } from "./banner";
import { Form } from "./submit";

interface Props { act: Act; role: Role; shown: Shown | null; take: (a: Act) => void }

/** Signing: after reading, exactly the bytes shown, with her passkey or her password. */
export function SignForm({ act, role, shown, take }: Props) {
  const read = useSignal(false);
  const password = useSignal("");
  const way = useWay();
  const account = way.account.value;
  const withPasskey = way.passkey.value;
  // The passkeys that do not open her key go together with the password.
  const both = withPasskey && !!account && (way.both.value || account.passkeys.every((p) => !p.opens));
  const needed = !withPasskey || both;
  const submit = async () => {
    const given = needed ? password.value : "";
    const document = shown!.sha256;
    try {
      const passkey = withPasskey ? await agree(await api.challenge(act.id, role, document)) : undefined;
      take(await api.sign(act.id, role, document, { password: given, passkey }));
    } catch (e) {
      if ((e as { key?: string }).key === "passkey_password") way.both.value = true;
      if ((e as { key?: string }).key === "passkey_needed") way.load();
      throw e;
    } finally {
      password.value = "";
    }
  };
  return (
    <section class="card">
      <h2>{t("sign.title")}</h2>
      <p class="small">{t("sign.as", { role: t(`role.${role}`) })}</p>
      {account && <Hints account={account} />}
      <Form submit={submit} disabled={!shown || !read.value || (needed && !password.value)} testid="sign-submit"
        label={t(withPasskey ? (both ? "sign.submit_both" : "sign.submit_passkey") : "sign.submit")}>
        <label class="check"><input type="checkbox" checked={read.value} data-testid="sign-read" onChange={(e) => { read.value = e.currentTarget.checked; }} /><span>{t("sign.read")}</span></label>
        {way.choice.value && <Ways passkey={withPasskey} choose={(yes) => { way.passkey.value = yes; }} />}
        <input type="text" autocomplete="username" value={me.value?.login} readOnly hidden />
        {needed && (
          <label class="field">{t("sign.password")}
            <input type="password" autocomplete="current-password" value={password.value} data-testid="sign-password" onInput={(e) => { password.value = e.currentTarget.value; }} />
          </label>
        )}
        {withPasskey && <p class="muted small" data-testid="sign-passkey-hint">{t(both ? "sign.passkey_both" : "sign.passkey_hint")}</p>}
        <p class="muted small">{t(role === "head" ? "sign.last" : "sign.not_last")}</p>
      </Form>
    </section>
  );
}

/** How she may sign here, by what she has and what the installation asks for. */
function useWay() {
  const account = useSignal<Account | null>(null);
  const passkey = useSignal(false);
  const both = useSignal(false);
  const choice = useSignal(false);
  const load = () => {
    api.account().then((a) => {
      const has = a.possible && a.passkeys.length > 0;
      account.value = a;
      choice.value = has && a.rule === "password";
      passkey.value = has;
    }, () => { /* the password's form stays; the server says what is missing */ });
  };
  useEffect(load, []);
  return { account, passkey, both, choice, load };
}

function Ways({ passkey, choose }: { passkey: boolean; choose: (passkey: boolean) => void }) {
  return (
    <div class="row" role="radiogroup" aria-label={t("sign.way")}>
      <label class="check"><input type="radio" name="sign-way" checked={passkey} data-testid="sign-by-passkey" onChange={() => choose(true)} /><span>{t("sign.by_passkey")}</span></label>
      <label class="check"><input type="radio" name="sign-way" checked={!passkey} data-testid="sign-by-password" onChange={() => choose(false)} /><span>{t("sign.by_password")}</span></label>
    </div>
  );
}

/** What stands in the way of signing, and a first word on passkeys. */
function Hints({ account: a }: { account: Account }) {
  const link = <a href="/account" data-testid="sign-account">{t("account.open")}</a>;
  if (a.temporary) return <Banner tone="warning" testid="sign-temporary">{t("account.temporary")} {link}</Banner>;
  if (a.key === "revoked") return <Banner tone="warning" testid="sign-revoked">{t("account.key_revoked")} {link}</Banner>;
  if (a.rule === "passkey" && a.passkeys.length === 0) return <Banner tone="warning" testid="sign-needs-passkey">{t("sign.needs_passkey")} {link}</Banner>;
  if (a.possible && a.passkeys.length === 0) return <p class="muted small" data-testid="sign-first-hint">{t("sign.first_hint")} {link}</p>;
  return null;
}
