import { api } from "../api";
import { t } from "../i18n";
import { may } from "../rights";
import type { SeatTile } from "../types";
import { Action } from "./action";
import { Boxes } from "./boxes";

/** Where this seat's picture shows persons who are none; each can be taken away. */
export function SceneryList({ seat, changed }: { seat: SeatTile; changed?: () => void }) {
  const boxes = seat.scenery ?? [];
  if (boxes.length === 0) return null;
  const remove = async (i: number) => {
    await api.markScenery(seat.id, boxes.filter((_, n) => n !== i));
    changed?.();
  };
  const editable = may("proctor") && seat.stage !== "finished";
  return (
    <section data-testid="scenery">
      <h3>{t("scenery.title")}</h3>
      <p class="muted small">{t("scenery.text")}</p>
      <ul class="plain-list scenery-list">
        {boxes.map((b, i) => (
          <li key={JSON.stringify(b)} class="row">
            <span class="scenery-frame"><Boxes size={[64, 48]} mark={b} /></span>
            <span>{t("scenery.name", { number: i + 1 })}</span>
            {editable && <Action look="plain" testid="scenery-remove" run={() => remove(i)}>{t("scenery.remove")}</Action>}
          </li>
        ))}
      </ul>
    </section>
  );
}
