import { useSignal } from "@preact/signals";
import { api } from "../api";
import type { Shown } from "../document";
import { t } from "../i18n";
import { me } from "../store";
import type { Act, Role } from "../types";
import { Form } from "./submit";

interface Props { act: Act; role: Role; shown: Shown | null; take: (a: Act) => void }

/** Signing: after reading, with the password again, exactly the bytes shown. */
export function SignForm({ act, role, shown, take }: Props) {
  const read = useSignal(false);
  const password = useSignal("");
  const submit = async () => {
    const given = password.value;
    password.value = "";
    take(await api.sign(act.id, role, given, shown!.sha256));
  };
  return (
    <section class="card">
      <h2>{t("sign.title")}</h2>
      <p class="small">{t("sign.as", { role: t(`role.${role}`) })}</p>
      <Form submit={submit} disabled={!shown || !read.value || !password.value} label={t("sign.submit")} testid="sign-submit">
        <label class="check"><input type="checkbox" checked={read.value} data-testid="sign-read" onChange={(e) => { read.value = e.currentTarget.checked; }} /><span>{t("sign.read")}</span></label>
        <input type="text" autocomplete="username" value={me.value?.login} readOnly hidden />
        <label class="field">{t("sign.password")}
          <input type="password" autocomplete="current-password" value={password.value} data-testid="sign-password" onInput={(e) => { password.value = e.currentTarget.value; }} />
        </label>
        <p class="muted small">{t(role === "head" ? "sign.last" : "sign.not_last")}</p>
      </Form>
    </section>
  );
}
