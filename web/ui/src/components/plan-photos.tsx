import { useSignal } from "@preact/signals";
import { api } from "../api";
import { t } from "../i18n";
import { hopeless, patiently } from "../patience";
import { photoOf } from "../roster";
import { messageOf } from "../store";
import type { PlanSeat } from "../types";
import { Banner } from "./banner";
import { FileChoice } from "./file-choice";
import { Progress } from "./plan-import";

/** The server's bound of a photo, bytes. */
const most = 4 << 20;

/** Why a file cannot be a photo, before it is sent; "" if it may be one. */
export function photoProblem(file: File): string {
  if (file.type !== "image/jpeg") return t("photos.type");
  return file.size > most ? t("photos.large") : "";
}

/** Many photos at once; whose each is says the file's name. */
export function PlanPhotos({ seats, done }: { seats: PlanSeat[]; done: () => Promise<unknown> }) {
  const progress = useSignal<{ done: number; all: number } | null>(null);
  const stored = useSignal<number | null>(null);
  const failed = useSignal<{ file: string; why: string }[]>([]);
  const run = async (files: File[]) => {
    const ids = [...new Set(seats.map((s) => s.examinee.student_id))];
    const used = new Set<string>();
    let count = 0;
    failed.value = [];
    stored.value = null;
    progress.value = { done: 0, all: files.length };
    const fail = (file: File, why: string) => { failed.value = [...failed.value, { file: file.name, why }]; };
    for (const [i, file] of files.entries()) {
      const whose = photoOf(file.name, ids);
      const wrong = photoProblem(file) || (whose === "" ? t("photos.nobody") : whose === null ? t("photos.several") : used.has(whose) ? t("photos.twice") : "");
      if (wrong || !whose) fail(file, wrong);
      else {
        try {
          for (const s of seats.filter((x) => x.examinee.student_id === whose)) await patiently(() => api.photo(s.id, file));
          used.add(whose);
          count++;
        } catch (e) {
          fail(file, messageOf(e));
          if (hopeless(e)) {
            for (const rest of files.slice(i + 1)) fail(rest, t("photos.not_sent"));
            break;
          }
        }
      }
      progress.value = { done: i + 1, all: files.length };
    }
    progress.value = null;
    stored.value = count;
    await done();
  };
  const p = progress.value;
  const without = seats.filter((s) => !s.photo).length;
  return (
    <details class="card" data-testid="photos" open={without > 0 || stored.value !== null}>
      <summary>{t("photos.title", { count: without })}</summary>
      <p class="muted small">{t("photos.text")}</p>
      <FileChoice label={t("photos.choose")} accept="image/jpeg,.jpg,.jpeg" busy={p !== null} many={run} testid="photos-file" />
      {p && <Progress done={p.done} all={p.all} label={t("photos.running", { done: p.done, count: p.all })} />}
      {stored.value !== null && <Banner tone={stored.value > 0 ? "ok" : "info"} testid="photos-done">{t("photos.done", { count: stored.value })}</Banner>}
      {failed.value.length > 0 && !p && (
        <Banner tone="warning" title={t("photos.failed", { count: failed.value.length })} testid="photos-failed">
          <ul>{failed.value.map((f, i) => <li key={i}>{f.file}: {f.why}</li>)}</ul>
        </Banner>
      )}
    </details>
  );
}
