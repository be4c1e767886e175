import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { api } from "../api";
import { t } from "../i18n";
import { added, places } from "../scenery";
import type { Box, Incident, Shown } from "../types";
import { Boxes } from "./boxes";
import { Form } from "./submit";

interface Props { incident: Incident; scenery?: Box[]; shown?: Shown[]; cancel: () => void; done?: () => void }

/** Dismissing a candidate, and saying of a person who is none what she is. */
export function DismissForm({ incident, scenery, shown, cancel, done }: Props) {
  const text = useSignal("");
  const mirror = useSignal(false);
  const chosen = useSignal(0);
  const options = useMemo(() => places(incident.peak.box, shown), []); // as they were when she began to choose
  const marked = incident.cause === "outsider" && scenery ? added(scenery, options[chosen.value]?.box) : null;
  const choose = (yes: boolean) => {
    mirror.value = yes;
    if (yes && !text.value.trim()) text.value = t("dismiss.scenery_text");
    if (!yes && text.value === t("dismiss.scenery_text")) text.value = "";
  };
  const submit = async () => {
    if (mirror.value && marked) await api.markScenery(incident.seat, marked);
    await api.dismiss(incident.id, text.value.trim());
    done?.();
  };
  return (
    <Form submit={submit} disabled={!text.value.trim()} label={t("dismiss.submit")}
      testid="dismiss-submit" cancel={{ label: t("cancel"), run: cancel }}>
      {marked && (
        <label class="check"><input type="checkbox" checked={mirror.value} data-testid="dismiss-scenery" onChange={(e) => choose(e.currentTarget.checked)} />
          <span>{t("dismiss.scenery")}<small class="muted">{t("dismiss.scenery_hint")}</small></span></label>
      )}
      {marked && mirror.value && options.length > 1 && (
        <fieldset>
          <legend class="small">{t("dismiss.which")}</legend>
          <span class="row">
            {options.map((p, i) => (
              <label key={i} class="check place"><input type="radio" name="place" checked={chosen.value === i} data-testid={`place-${i}`} onChange={() => { chosen.value = i; }} />
                <span class="small"><span class="scenery-frame"><Boxes size={[64, 48]} mark={p.box} /></span>{t(`place.${p.what}`)}</span></label>
            ))}
          </span>
        </fieldset>
      )}
      <label class="field">{t("dismiss.text")}
        <textarea rows={2} maxLength={500} required value={text.value} data-testid="dismiss-text" onInput={(e) => { text.value = e.currentTarget.value; }} />
      </label>
    </Form>
  );
}
