import { useSignal } from "@preact/signals";
import { api } from "../api";
import { Brand } from "../components/brand";
import { LanguageSwitch } from "../components/language-switch";
import { Form } from "../components/submit";
import { t } from "../i18n";
import { go, parse } from "../route";
import { me } from "../store";

export function LoginPage() {
  const login = useSignal("");
  const password = useSignal("");
  const submit = async () => {
    me.value = await api.login(login.value.trim(), password.value);
    go(next(), true);
  };
  return (
    <main class="login-page">
      <div class="login-top"><Brand /><LanguageSwitch /></div>
      <section class="card login-card">
        <h1>{t("login.title")}</h1>
        <p class="muted">{t("login.text")}</p>
        <Form submit={submit} label={t("login.submit")} testid="login-submit">
          <label class="field">{t("login.login")}
            <input type="text" autocomplete="username" autocapitalize="none" required value={login.value}
              data-testid="login-name" onInput={(e) => { login.value = e.currentTarget.value; }} />
          </label>
          <label class="field">{t("login.password")}
            <input type="password" autocomplete="current-password" required value={password.value}
              data-testid="login-password" onInput={(e) => { password.value = e.currentTarget.value; }} />
          </label>
        </Form>
      </section>
      <p class="muted small login-note">{t("login.examinee")}</p>
    </main>
  );
}

/** Where she was going; only a page of ours. */
function next(): string {
  const path = new URLSearchParams(location.search).get("next") ?? "";
  return path.startsWith("/") && !["missing", "login"].includes(parse(path).page) ? path : "/proctor";
}
