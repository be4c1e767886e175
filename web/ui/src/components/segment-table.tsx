import { clock, duration, grouped, megabytes, seconds } from "../format";
import { language, t } from "../i18n";
import { toPosition, type Timeline } from "../timeline";
import type { Review, Segment } from "../types";

interface Props { review: Review; line: Timeline; seek: (t: number) => void }

/** Every segment with its hash: what a verifier compares. */
export function SegmentTable({ review, line, seek }: Props) {
  const segments = review.segments ?? [];
  if (segments.length === 0) return null;
  return (
    <details class="card quiet" data-testid="segments">
      <summary>{t("segments.title", { count: segments.length })}</summary>
      <p class="muted small">{t("segments.text")}</p>
      <div class="scroll">
        <table>
          <thead><tr>{(["number", "start", "length", "size", "picture", "stored", "hash"] as const).map((c) => <th key={c} scope="col">{t(`segments.${c}`)}</th>)}</tr></thead>
          <tbody>{segments.map((s) => <Row key={s.number} segment={s} seek={() => seek(toPosition(line, s.start))} />)}</tbody>
        </table>
      </div>
    </details>
  );
}

function Row({ segment: s, seek }: { segment: Segment; seek: () => void }) {
  return (
    <tr>
      <td>{s.number}</td>
      <td><button type="button" class="time-link" onClick={seek}>{clock(s.start, language.value)}</button></td>
      <td>{duration(seconds(s.start, s.end))}</td>
      <td>{t("unit.megabyte", { value: megabytes(s.size, language.value) })}</td>
      <td>{s.width}×{s.height} · {s.codecs}</td>
      <td>{t(s.stored ? "yes" : "segments.not_yet")}{s.recovered ? ` · ${t("segments.recovered")}` : ""}</td>
      <td class="hash">{grouped(s.sha256)}</td>
    </tr>
  );
}
