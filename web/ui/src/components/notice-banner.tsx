import type { Sitting } from "../examinee";
import { t } from "../i18n";
import { Icon } from "./icon";

/** The newest warning or advice of the engine: what was seen, what to do. */
export function NoticeBanner({ sitting }: { sitting: Sitting }) {
  const n = sitting.notice.value;
  return (
    <div aria-live="assertive">
      {n && (
        <div class={`banner ${n.kind === "warning" ? "warning strong" : "info"}`} data-testid="warning" data-cause={n.cause}>
          <Icon name="warning" size={26} />
          <div class="banner-text">
            <strong>{t(`warning.${n.cause}`)}</strong>
            <div>{t(`warning_todo.${n.cause}`)}</div>
          </div>
          <button type="button" class="button plain small" data-testid="warning-dismiss" onClick={() => sitting.dismissNotice()}>{t("exam.understood")}</button>
        </div>
      )}
    </div>
  );
}
