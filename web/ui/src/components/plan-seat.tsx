import { useSignal } from "@preact/signals";
import { api } from "../api";
import { t } from "../i18n";
import { may } from "../rights";
import type { Plan, PlanSeat, SeatRecord } from "../types";
import { AccommodationForm } from "./accommodation-form";
import { useAction } from "./action";
import { Banner } from "./banner";
import { FileChoice } from "./file-choice";
import { photoProblem } from "./plan-photos";
import { Form } from "./submit";
import { TextField } from "./text-field";
import { WindowForm } from "./window-form";

interface Props { plan: Plan; seat: PlanSeat; editable: boolean; done: () => Promise<unknown> }

/** All that can be arranged for one examinee. */
export function PlanSeatCard({ plan, seat, editable, done }: Props) {
  return (
    <div class="plan-seat" data-testid="seat-card">
      {editable && seat.stage !== "finished" && <Photo seat={seat} done={done} />}
      <WindowForm seat={seat} done={done} />
      <AccommodationForm seat={seat} last={seat.accommodated} saved={done} />
      {may("excuse") && plan.systems.length > 0 && <Record seat={seat} done={done} />}
    </div>
  );
}

function Photo({ seat, done }: { seat: PlanSeat; done: () => Promise<unknown> }) {
  const told = useSignal("");
  const action = useAction(async (file: File) => {
    told.value = "";
    const wrong = photoProblem(file);
    if (wrong) throw new Error(wrong);
    await api.photo(seat.id, file);
    told.value = t("photos.done", { count: 1 });
    await done();
  });
  return (
    <section>
      <h3>{t("plan.photo")}</h3>
      <FileChoice label={t(seat.photo ? "photos.replace" : "photos.one")} accept="image/jpeg,.jpg,.jpeg" busy={action.busy.value} choose={(f) => action.run(f)} testid="photo-file" />
      {action.error.value && <Banner tone="danger" testid="photo-error">{action.error.value}</Banner>}
      {told.value && <Banner tone="ok" testid="photo-done">{told.value}</Banner>}
    </section>
  );
}

function Record({ seat, done }: { seat: PlanSeat; done: () => Promise<unknown> }) {
  const draft = useSignal<SeatRecord>(seat.record);
  const saved = useSignal(false);
  const d = draft.value;
  const change = (r: SeatRecord) => {
    saved.value = false;
    draft.value = r;
  };
  const submit = async () => {
    await api.recordSeat(seat.id, d);
    saved.value = true;
    await done();
  };
  return (
    <section>
      <h3>{t("record.seat")}</h3>
      <Form submit={submit} label={t("record.save")} look="plain" testid="seat-record-save">
        <div class="field-pair">
          <TextField label={t("record.lti_user")} value={d.lti_user ?? ""} most={255} testid="record-lti-user" change={(v) => change({ ...d, lti_user: v.trim() || undefined })} />
          <TextField label={t("record.moodle_user")} type="number" value={d.moodle_user ? String(d.moodle_user) : ""} testid="record-moodle-user" change={(v) => change({ ...d, moodle_user: Number(v) || undefined })} />
        </div>
      </Form>
      {saved.value && <Banner tone="ok">{t("record.saved")}</Banner>}
    </section>
  );
}
