import { useSignal } from "@preact/signals";
import { grouped, megabytes } from "../format";
import { language, t } from "../i18n";
import type { Shown } from "../document";
import type { Act } from "../types";
import { Banner } from "./banner";

/** The very document that is signed: as a file, and within the page where the
 * browser can show a PDF. */
export function ActDocument({ act, shown, error }: { act: Act; shown: Shown | null; error: string }) {
  const open = useSignal(true);
  if (error) return <Banner tone="danger" testid="document-error">{error}</Banner>;
  if (!shown) return <p class="loading" role="status"><span class="spinner" aria-hidden="true" />{t(act.document.digest ? "document.loading" : "document.rendering")}</p>;
  const title = t(act.next ? "document.title" : "document.title_done");
  const viewer = navigator.pdfViewerEnabled !== false;
  return (
    <section class="card" data-testid="document">
      <h2>{title}</h2>
      <div class="row">
        <a class="button primary" href={shown.url} download={`${act.number}.pdf`} data-testid="document-download">{t("document.download", { size: megabytes(shown.size, language.value) })}</a>
        {viewer && <button type="button" class="button plain" aria-expanded={open.value} onClick={() => { open.value = !open.value; }}>{t(open.value ? "document.hide" : "document.show")}</button>}
      </div>
      <p class="small muted">{t("document.hash")} <code class="hash">{grouped(shown.sha256)}</code></p>
      {!viewer && <p class="muted small">{t("document.no_viewer")}</p>}
      {viewer && open.value && <iframe class="pdf" src={shown.url} title={title} />}
    </section>
  );
}
