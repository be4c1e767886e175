import { useEffect } from "preact/hooks";
import { api } from "../api";
import { deviceError } from "../camera-errors";
import { Action } from "../components/action";
import { Banner } from "../components/banner";
import { CheckRow } from "../components/check-row";
import { MicrophoneMeter } from "../components/microphone-meter";
import { SelfView } from "../components/self-view";
import type { Sitting } from "../examinee";
import { t, type Key } from "../i18n";
import { closed, type Path, type Ways } from "../ways";

export function CheckStep({ sitting }: { sitting: Sitting }) {
  const { capture } = sitting;
  useEffect(() => {
    if (capture.state.peek() === "off") capture.start();
  }, []);
  const findings = look(sitting);
  useEffect(() => { // the proctor should know why she cannot go on
    if (findings.cameraError) api.check({ ...findings.check, ok: false }).catch(() => undefined);
  }, [findings.cameraError]);
  const go = async () => sitting.take(await api.check(findings.check));
  return (
    <section class="card step-card">
      <h1>{t("check.title")}</h1>
      <p class="lead">{t("check.intro")}</p>
      <div class="check-grid">
        <div class="check-picture">
          <SelfView stream={capture.stream.value} />
          <p class="muted small">{t("check.picture_hint")}</p>
        </div>
        <ul class="check-rows" aria-live="polite">
          <CameraRow sitting={sitting} />
          <MicrophoneRow sitting={sitting} needed={findings.microphoneNeeded} />
          <NetworkRow sitting={sitting} />
        </ul>
      </div>
      <div class="row">
        <Action run={go} disabled={!findings.check.ok} testid="check-continue" large>{t("check.continue")}</Action>
        <button type="button" class="button plain" data-testid="check-retry" onClick={() => capture.start()}>{t("check.retry")}</button>
      </div>
      {!findings.check.ok && <p class="muted small">{t("check.blocked")}</p>}
    </section>
  );
}

function look({ seat, capture, publisher, publishing }: Sitting) {
  const form = seat.value!.exam.form;
  const microphoneNeeded = form === "oral" || form === "mixed";
  const path = publisher.value?.path.value ?? "none";
  const connected = publishing.value === "up" && path !== "none";
  const microphone = capture.stream.value ? capture.microphoneLabel : "";
  return {
    microphoneNeeded,
    cameraError: capture.state.value === "lost" ? capture.error.value : "",
    check: {
      camera: capture.label || capture.error.value,
      microphone: microphone || capture.microphoneError.value,
      network: connected ? path : "none",
      browser: navigator.userAgent.slice(0, 200),
      ok: capture.state.value === "live" && connected && (!microphoneNeeded || microphone !== ""),
    },
  };
}

function CameraRow({ sitting: { capture } }: { sitting: Sitting }) {
  const title = t("check.camera");
  switch (capture.state.value) {
    case "live": return <CheckRow icon="camera" title={title} state="ok" text={t("check.camera_ok", { name: capture.label })} testid="check-camera" />;
    case "muted": return <CheckRow icon="camera" title={title} state="bad" text={t("exam.muted")} testid="check-camera" />;
    case "lost": {
      const name = deviceError(capture.error.value);
      return (
        <CheckRow icon="camera" title={title} state="bad" text={t(`camera_error.${name}`)} testid="check-camera">
          <Banner tone="info" quiet>{t(`camera_todo.${name}`)}</Banner>
          <small class="muted">{t("check.error_name", { name: capture.error.value })}</small>
        </CheckRow>
      );
    }
    default: return <CheckRow icon="camera" title={title} state="wait" text={t("check.camera_wait")} testid="check-camera" />;
  }
}

function MicrophoneRow({ sitting: { capture }, needed }: { sitting: Sitting; needed: boolean }) {
  const stream = capture.stream.value;
  const title = t("check.microphone");
  if (!stream) return <CheckRow icon="microphone" title={title} state="wait" text={t("check.microphone_wait")} testid="check-microphone" />;
  if (!capture.microphoneLabel) {
    return (
      <CheckRow icon="microphone" title={title} state={needed ? "bad" : "warn"} testid="check-microphone"
        text={t(needed ? "check.microphone_needed" : "check.microphone_missing")}>
        <small class="muted">{t("check.error_name", { name: capture.microphoneError.value })}</small>
      </CheckRow>
    );
  }
  return (
    <CheckRow icon="microphone" title={title} state="ok" text={t("check.microphone_ok")} testid="check-microphone">
      <MicrophoneMeter stream={stream} />
    </CheckRow>
  );
}

function NetworkRow({ sitting }: { sitting: Sitting }) {
  const title = t("check.network");
  const publisher = sitting.publisher.value;
  const path = publisher?.path.value ?? "none";
  const ways = publisher?.ways.value;
  const attempt = publisher?.model.value.attempt ?? 0;
  if (ways && sitting.publishing.value === "up" && path !== "none")
    return (
      <CheckRow icon="network" title={title} state={path === "udp" ? "ok" : "warn"} text={t(pathText(path, ways))} testid="check-network">
        {path !== "udp" && <Ports sitting={sitting} first />}
      </CheckRow>
    );
  if (ways && attempt > 0)
    return (
      <CheckRow icon="network" title={title} state="bad" text={t("check.network_bad", { attempt })} testid="check-network">
        {closed("none", ways).length > 0 && <p>{t("check.network_closed", { ways: closed("none", ways).map((k) => t(`way.${k}`)).join(", ") })}</p>}
        <Ports sitting={sitting} />
      </CheckRow>
    );
  const text = sitting.capture.stream.value ? "check.network_wait" : "check.microphone_wait"; // both wait for the camera
  return <CheckRow icon="network" title={title} state="wait" text={t(text)} testid="check-network" />;
}

/** One sentence: the way that is used, and what is blocked. */
function pathText(path: Exclude<Path, "none">, ways: Ways): Key {
  if (path !== "relay") return `path.${path}`;
  return closed(path, ways).includes("tcp") ? "path.relay" : "path.relay_udp";
}

/** What to tell whoever looks after the network; first: only the best way. */
function Ports({ sitting, first }: { sitting: Sitting; first?: boolean }) {
  const ports = sitting.seat.value?.whip?.ports ?? [];
  if (ports.length === 0) return null;
  return (
    <details class="small" open={!first} data-testid="check-ports">
      <summary>{t("check.ports")}</summary>
      <p>{t(first ? "check.ports_best" : "check.ports_all")}</p>
      <ul>{(first ? ports.slice(0, 1) : ports).map((p) => <li key={p}><code>{p}</code></li>)}</ul>
    </details>
  );
}
