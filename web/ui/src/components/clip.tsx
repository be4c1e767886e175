import { useMemo } from "preact/hooks";
import { leadIn } from "../judgement";
import { timeline, toPosition } from "../timeline";
import type { Review } from "../types";
import { Playback } from "./playback";

/** The recording around a moment, ten seconds before it on. */
export function Clip({ review, at }: { review: Review; at: string }) {
  const line = useMemo(() => timeline(review), [review]);
  return <Playback seat={review.seat.id} line={line} start={toPosition(line, at) - leadIn} compact />;
}
