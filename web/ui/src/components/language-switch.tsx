import { language, loadMessages, t } from "../i18n";
import { languages } from "../types";

export function LanguageSwitch() {
  return (
    <div class="languages" role="group" aria-label={t("language.label")}>
      {languages.map((l) => (
        <button type="button" key={l} lang={l} class="language" aria-pressed={language.value === l}
          title={t(`language.name.${l}`)} data-testid={`language-${l}`} onClick={() => loadMessages(l)}>
          {t(`language.${l}`)}
        </button>
      ))}
    </div>
  );
}
