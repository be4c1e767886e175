import { t } from "../i18n";

export function MissingPage() {
  return (
    <div class="narrow empty">
      <h1>{t("missing.title")}</h1>
      <p>{t("missing.text")}</p>
      <p><a class="button primary" href="/proctor">{t("missing.home")}</a></p>
    </div>
  );
}
