import { useSignal } from "@preact/signals";
import { api } from "../api";
import { dateTime } from "../format";
import { language, t } from "../i18n";
import { agree, create, supported } from "../passkey";
import type { Account, Given, Passkey } from "../types";
import { Banner } from "./banner";
import { Form } from "./submit";

interface Props { account: Account; take: (a: Account) => void }

/** The password and, from who has passkeys, one of them. */
const given = async (password: string, a: Account): Promise<Given> =>
  ({ password, passkey: a.passkeys.length > 0 && a.rule !== "password" ? await agree(await api.passkeyChallenge()) : undefined });

/** Her passkeys: which there are, one more, one less. */
export function PasskeyCard({ account: a, take }: Props) {
  const adding = useSignal(false);
  const usable = a.possible && supported();
  return (
    <section class="card" data-testid="passkeys" data-count={a.passkeys.length}>
      <h2>{t("passkey.title")}</h2>
      <p class="muted small">{t("passkey.text")}</p>
      {!a.possible && <Banner tone="info" testid="passkey-impossible">{t("passkey.host")}</Banner>}
      {a.possible && !supported() && <Banner tone="info" testid="passkey-unsupported">{t("passkey.unsupported")}</Banner>}
      {a.passkeys.length === 0 && usable && <p data-testid="passkey-first">{t("passkey.first")}</p>}
      <ul class="plain-list">{a.passkeys.map((p) => <Row key={p.id} account={a} passkey={p} take={take} />)}</ul>
      {usable && (adding.value ? <Add account={a} take={(n) => { adding.value = false; take(n); }} cancel={() => { adding.value = false; }} />
        : <button type="button" class="button primary" data-testid="passkey-add" onClick={() => { adding.value = true; }}>{t("passkey.add")}</button>)}
    </section>
  );
}

function Add({ account, take, cancel }: { account: Account; take: (a: Account) => void; cancel: () => void }) {
  const name = useSignal("");
  const password = useSignal("");
  const submit = async () => {
    const made = await create(await api.passkeyOptions(await given(password.value, account)));
    take(await api.addPasskey(password.value, name.value.trim(), made.response, made.prf));
  };
  return (
    <Form submit={submit} label={t("passkey.make")} testid="passkey-make" disabled={!name.value.trim() || !password.value} cancel={{ label: t("account.cancel"), run: cancel }}>
      <label class="field">{t("passkey.name")}
        <input type="text" maxLength={60} required placeholder={t("passkey.name_example")} value={name.value} data-testid="passkey-name" onInput={(e) => { name.value = e.currentTarget.value; }} />
      </label>
      <label class="field">{t("account.password")}
        <input type="password" autocomplete="current-password" value={password.value} data-testid="passkey-password" onInput={(e) => { password.value = e.currentTarget.value; }} />
      </label>
      <p class="muted small">{t("passkey.make_text")}</p>
    </Form>
  );
}

function Row({ account, passkey: p, take }: { account: Account; passkey: Passkey; take: (a: Account) => void }) {
  const removing = useSignal(false);
  const password = useSignal("");
  const remove = async () => take(await api.removePasskey(await given(password.value, account), p.id));
  const never = p.used.startsWith("0001");
  return (
    <li class="passkey" data-testid="passkey" data-opens={p.opens}>
      <div class="row">
        <span><strong>{p.name}</strong><br />
          <small class="muted">{t("passkey.added", { at: dateTime(p.added, language.value) })} · {never ? t("passkey.never") : t("passkey.used", { at: dateTime(p.used, language.value) })}</small><br />
          <small class="muted">{t(p.opens ? "passkey.opens" : "passkey.with_password")}</small></span>
        {!removing.value && <button type="button" class="button plain small" data-testid="passkey-remove" onClick={() => { removing.value = true; }}>{t("passkey.remove")}</button>}
      </div>
      {removing.value && (
        <Form submit={remove} look="danger" label={t("passkey.remove")} testid="passkey-remove-submit" disabled={!password.value}
          cancel={{ label: t("account.cancel"), run: () => { removing.value = false; } }}>
          <label class="field">{t("account.password")}
            <input type="password" autocomplete="current-password" value={password.value} data-testid="passkey-remove-password" onInput={(e) => { password.value = e.currentTarget.value; }} />
          </label>
        </Form>
      )}
    </li>
  );
}
