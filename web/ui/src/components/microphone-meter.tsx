import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";

/** A bar that follows the voice, so that she sees that the microphone hears. */
export function MicrophoneMeter({ stream }: { stream: MediaStream | null }) {
  const bar = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    const track = stream?.getAudioTracks()[0];
    if (!track) return;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      if (context.state === "suspended") context.resume().catch(() => undefined);
      analyser.getFloatTimeDomainData(samples);
      if (bar.current) bar.current.value = level(samples);
    }, 100);
    return () => {
      clearInterval(timer);
      context.close();
    };
  }, [stream]);
  return <meter ref={bar} class="level" min={0} max={1} value={0} aria-label={t("check.level")} data-testid="microphone-level" />;
}

/** Loudness of samples as 0..1 over 50 dB. */
function level(samples: Float32Array): number {
  let sum = 0;
  for (const s of samples) sum += s * s;
  const decibels = 10 * Math.log10(sum / samples.length + 1e-10);
  return Math.min(1, Math.max(0, (decibels + 60) / 50));
}
