import { t } from "../i18n";
import type { SignOrder } from "../types";

interface Props { order: SignOrder; editable: boolean; change: (o: SignOrder) => void }

/** In what order the exam's acts are signed: a choice of two. */
export function OrderChoice({ order, editable, change }: Props) {
  return (
    <fieldset class="card field" data-testid="order">
      <legend>{t("order.title")}</legend>
      <p class="muted small">{t("order.text")}</p>
      {(["form", "any"] as const).map((o) => (
        <label class="check" key={o}>
          <input type="radio" name="order" value={o} checked={order === o} disabled={!editable} data-testid={`order-${o}`} onChange={() => change(o)} />
          <span>{t(`order.${o}`)}</span>
        </label>
      ))}
    </fieldset>
  );
}
