import { useSignal } from "@preact/signals";
import { api } from "../api";
import { dateTime } from "../format";
import { language, t } from "../i18n";
import { may } from "../rights";
import { causes, type Accommodation, type Cause, type Change, type SeatTile } from "../types";
import { Banner } from "./banner";
import { Form } from "./submit";

/** What the university may switch off for one examinee: all that is watched. */
const switchable = causes.filter((c) => c !== "other");

interface Props { seat: Pick<SeatTile, "id" | "stage" | "accommodation">; last?: Change | null; saved?: () => void }

/** What an examinee is granted: causes that are not raised, companions, a note. */
export function AccommodationForm({ seat, last, saved }: Props) {
  const draft = useSignal<Accommodation | null>(null);
  const done = useSignal(false);
  if (!may("watch") || seat.stage === "finished") return null;
  if (!draft.value) {
    const open = () => {
      done.value = false;
      draft.value = seat.accommodation ?? {};
    };
    return (
      <section>
        {done.value && <Banner tone="ok" testid="granted">{t("granted.saved")}</Banner>}
        <p><button type="button" class="button plain" data-testid="grant" onClick={open}>{t("granted.open")}</button></p>
      </section>
    );
  }
  const granted = draft.value;
  const off = granted.off ?? [];
  const toggle = (c: Cause, watched: boolean) => {
    draft.value = { ...granted, off: switchable.filter((x) => (x === c ? !watched : off.includes(x))) };
  };
  const submit = async () => {
    await api.accommodate(seat.id, { off, companions: granted.companions ?? 0, note: (granted.note ?? "").trim() });
    draft.value = null;
    done.value = true;
    saved?.();
  };
  return (
    <section class="card inner">
      <h3>{t("granted.title")}</h3>
      <p class="muted small">{t("granted.text")}</p>
      {last && <p class="small">{t("granted.last", { by: last.by_name || last.by, time: dateTime(last.at, language.value) })}</p>}
      <Form submit={submit} label={t("granted.save")} testid="grant-save" cancel={{ label: t("cancel"), run: () => { draft.value = null; } }}>
        <fieldset class="switches">
          <legend>{t("granted.watched")}</legend>
          {switchable.map((c) => (
            <label key={c} class="check"><input type="checkbox" checked={!off.includes(c)} data-testid={`watched-${c}`}
              onChange={(e) => toggle(c, e.currentTarget.checked)} /><span>{t(`cause.${c}`)}</span></label>
          ))}
        </fieldset>
        <label class="field">{t("granted.companions")}
          <select value={String(granted.companions ?? 0)} data-testid="grant-companions" onChange={(e) => { draft.value = { ...granted, companions: Number(e.currentTarget.value) }; }}>
            {[0, 1, 2, 3, 4, 5].map((n) => <option key={n} value={n}>{n}</option>)}
          </select>
        </label>
        <label class="field">{t("granted.note")}
          <textarea rows={2} maxLength={500} value={granted.note ?? ""} data-testid="grant-note" onInput={(e) => { draft.value = { ...granted, note: e.currentTarget.value }; }} />
        </label>
      </Form>
    </section>
  );
}
