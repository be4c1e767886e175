import { t } from "../i18n";
import { Banner } from "./banner";

/** What stands in place of a page that is not there yet: a wait, or an error. */
export function Loading({ error, retry }: { error?: string; retry?: () => void }) {
  if (!error) return <p class="loading" role="status"><span class="spinner" aria-hidden="true" />{t("loading")}</p>;
  return (
    <div class="narrow">
      <Banner tone="danger" testid="page-error">{error}</Banner>
      {retry && <p><button type="button" class="button primary" onClick={retry}>{t("retry")}</button></p>}
    </div>
  );
}
