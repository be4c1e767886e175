import { useSignal } from "@preact/signals";
import { t } from "../i18n";

/** Where the test itself is sat: in a tab of its own, or here. */
export function TestLink({ url, title }: { url: string; title: string }) {
  const inside = useSignal(false);
  if (!/^https?:\/\//.test(url)) return <p class="lead">{t("exam.no_url")}</p>;
  return (
    <>
      <p class="lead">{t("exam.go_on")}</p>
      <div class="row">
        <a class="button primary large" href={url} target="_blank" rel="noopener noreferrer" data-testid="exam-open">{t("exam.open")}</a>
        <button type="button" class="button plain" aria-pressed={inside.value} data-testid="exam-inside"
          onClick={() => { inside.value = !inside.value; }}>{t(inside.value ? "exam.inside_close" : "exam.inside")}</button>
      </div>
      <p class="muted small">{t("exam.keep_open")}</p>
      {inside.value && <iframe class="test-frame" src={url} title={title} referrerpolicy="no-referrer"
        sandbox="allow-forms allow-scripts allow-same-origin allow-popups allow-downloads" />}
    </>
  );
}
