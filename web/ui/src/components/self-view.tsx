import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";

/** The examinee's own picture, mirrored as in a mirror. */
export function SelfView({ stream, small }: { stream: MediaStream | null; small?: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current && video.current.srcObject !== stream) video.current.srcObject = stream;
  }, [stream]);
  return <video ref={video} class={`self-view ${small ? "small" : ""}`} autoplay muted playsInline
    aria-label={t("exam.self_view")} data-testid="self-view" />;
}
