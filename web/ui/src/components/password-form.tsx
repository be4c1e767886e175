import { useSignal } from "@preact/signals";
import { api } from "../api";
import { t } from "../i18n";
import { me } from "../store";
import { Banner } from "./banner";
import { Form } from "./submit";

/** Her password, changed by herself. */
export function PasswordForm({ done }: { done: () => void }) {
  const old = useSignal("");
  const fresh = useSignal("");
  const again = useSignal("");
  const changed = useSignal(false);
  const submit = async () => {
    if (fresh.value !== again.value) throw new Error(t("account.differ"));
    changed.value = false;
    await api.changePassword(old.value, fresh.value);
    old.value = fresh.value = again.value = "";
    changed.value = true;
    done();
  };
  const field = (label: string, value: typeof old, name: string, complete: string) => (
    <label class="field">{label}
      <input type="password" autocomplete={complete} required value={value.value} data-testid={name} onInput={(e) => { value.value = e.currentTarget.value; }} />
    </label>
  );
  return (
    <section class="card">
      <h2>{t("account.password_title")}</h2>
      <p class="muted small">{t("account.password_text")}</p>
      {changed.value && <Banner tone="ok" testid="password-changed">{t("account.password_changed")}</Banner>}
      <Form submit={submit} label={t("account.password_submit")} testid="password-submit" disabled={!old.value || fresh.value.length < 8}>
        <input type="text" autocomplete="username" value={me.value?.login} readOnly hidden />
        {field(t("account.password_old"), old, "password-old", "current-password")}
        {field(t("account.password_new"), fresh, "password-new", "new-password")}
        {field(t("account.password_again"), again, "password-again", "new-password")}
      </Form>
    </section>
  );
}
