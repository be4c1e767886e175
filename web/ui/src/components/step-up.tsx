import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../api";
import { t } from "../i18n";
import { agree, type RequestOptions } from "../passkey";
import { me } from "../store";
import type { Account, Given } from "../types";
import { Banner } from "./banner";

/** How she may confirm, by what she has and what the installation asks for. */
export function useStepUp() {
  const account = useSignal<Account | null>(null);
  const passkey = useSignal(false);
  const needsBoth = useSignal(false);
  const choice = useSignal(false);
  const password = useSignal("");
  const load = () => {
    api.account().then((a) => {
      const has = a.possible && a.passkeys.length > 0;
      account.value = a;
      choice.value = has && a.rule === "password";
      passkey.value = has;
    }, () => { /* the password's form stays; the server says what is missing */ });
  };
  useEffect(load, []);
  // The passkeys that do not open her key go together with the password.
  const both = passkey.value && (needsBoth.value || !account.value?.passkeys.some((p) => p.opens));
  const typed = !passkey.value || both;
  /** Asks for what is needed and lets f use it, once. */
  const confirm = async <T,>(options: () => Promise<RequestOptions>, f: (given: Given) => Promise<T>): Promise<T> => {
    const given = typed ? password.value : "";
    try {
      return await f({ password: given, passkey: passkey.value ? await agree(await options()) : undefined });
    } catch (e) {
      const key = (e as { key?: string }).key;
      if (key === "passkey_password") needsBoth.value = true;
      if (key === "passkey_needed") load();
      throw e;
    } finally {
      password.value = "";
    }
  };
  return { account, passkey, choice, password, both, typed, ready: !typed || password.value !== "", confirm };
}

/** The fields of a step-up, inside a form. */
export function StepUp({ step, name }: { step: ReturnType<typeof useStepUp>; name: string }) {
  return (
    <>
      {step.choice.value && <Ways name={name} passkey={step.passkey.value} choose={(yes) => { step.passkey.value = yes; }} />}
      <input type="text" autocomplete="username" value={me.value?.login} readOnly hidden />
      {step.typed && (
        <label class="field">{t("sign.password")}
          <input type="password" autocomplete="current-password" value={step.password.value} data-testid={`${name}-password`} onInput={(e) => { step.password.value = e.currentTarget.value; }} />
        </label>
      )}
      {step.passkey.value && <p class="muted small" data-testid={`${name}-passkey-hint`}>{t(step.both ? "sign.passkey_both" : "sign.passkey_hint")}</p>}
    </>
  );
}

function Ways({ name, passkey, choose }: { name: string; passkey: boolean; choose: (passkey: boolean) => void }) {
  return (
    <div class="row" role="radiogroup" aria-label={t("sign.way")}>
      <label class="check"><input type="radio" name={`${name}-way`} checked={passkey} data-testid={`${name}-by-passkey`} onChange={() => choose(true)} /><span>{t("sign.by_passkey")}</span></label>
      <label class="check"><input type="radio" name={`${name}-way`} checked={!passkey} data-testid={`${name}-by-password`} onChange={() => choose(false)} /><span>{t("sign.by_password")}</span></label>
    </div>
  );
}

/** What stands in the way of signing, and a first word on passkeys. */
export function StepUpHints({ account: a }: { account: Account }) {
  const link = <a href="/account" data-testid="sign-account">{t("account.open")}</a>;
  if (a.temporary) return <Banner tone="warning" testid="sign-temporary">{t("account.temporary")} {link}</Banner>;
  if (a.key === "revoked") return <Banner tone="warning" testid="sign-revoked">{t("account.key_revoked")} {link}</Banner>;
  if (a.rule === "passkey" && a.passkeys.length === 0) return <Banner tone="warning" testid="sign-needs-passkey">{t("sign.needs_passkey")} {link}</Banner>;
  if (a.possible && a.passkeys.length === 0) return <p class="muted small" data-testid="sign-first-hint">{t("sign.first_hint")} {link}</p>;
  return null;
}
