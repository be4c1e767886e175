// What WHIP and WHEP have in common: an offer by POST, an answer, a resource
// to PATCH and DELETE.

import { fragmentOf, restarted } from "./ice";

/** How long an answer to an offer may take; a dead network gives none. */
const answerTime = 5000;

/** How long gathering may take; what is found until then goes into the offer. */
const gatherTime = 2000;

export interface Resource { url: string; headers: Record<string, string> }

/** The server answered, and said no. */
export class Refused extends Error {
  constructor(readonly status: number) {
    super(`refused: ${status}`);
  }
}

/** Fetches, but not forever. */
export async function fetchSoon(url: string | URL, init: RequestInit, ms = answerTime): Promise<Response> {
  const gone = new AbortController();
  const timer = setTimeout(() => gone.abort(), ms);
  try {
    return await fetch(url, { credentials: "same-origin", ...init, signal: gone.signal });
  } finally {
    clearTimeout(timer);
  }
}

export async function exchange(pc: RTCPeerConnection, url: string, headers: Record<string, string>): Promise<Resource> {
  await pc.setLocalDescription(await pc.createOffer());
  await gathered(pc);
  const address = new URL(url, location.href);
  const response = await fetchSoon(address, {
    method: "POST",
    headers: { "Content-Type": "application/sdp", ...headers },
    body: pc.localDescription!.sdp,
  });
  if (response.status !== 201) throw new Refused(response.status);
  const resource = { url: new URL(response.headers.get("Location") ?? "", address).href, headers };
  await pc.setRemoteDescription({ type: "answer", sdp: await response.text() });
  return resource;
}

/** Moves a session to new ICE credentials (RFC 9725 §4.3). */
export async function restartIce(pc: RTCPeerConnection, r: Resource): Promise<void> {
  await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
  await gathered(pc);
  const response = await fetchSoon(r.url, {
    method: "PATCH",
    headers: { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*", ...r.headers },
    body: fragmentOf(pc.localDescription!.sdp),
  });
  if (response.status !== 200) throw new Refused(response.status);
  await pc.setRemoteDescription({ type: "answer", sdp: restarted(pc.remoteDescription!.sdp, await response.text()) });
}

function gathered(pc: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    if (pc.iceGatheringState === "complete") return resolve();
    const timer = setTimeout(resolve, gatherTime);
    pc.addEventListener("icegatheringstatechange", () => {
      if (pc.iceGatheringState !== "complete") return;
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Ends a session, also while the page goes away. */
export function release(r: Resource): void {
  fetch(r.url, { method: "DELETE", headers: r.headers, credentials: "same-origin", keepalive: true }).catch(() => undefined);
}

/** Puts one codec before the others, where the browser lets us choose. */
export function prefer(transceiver: RTCRtpTransceiver, mime: string): void {
  const codecs = RTCRtpReceiver.getCapabilities?.("video")?.codecs;
  if (!codecs || !transceiver.setCodecPreferences) return;
  const is = (c: { mimeType: string }) => c.mimeType.toLowerCase() === mime.toLowerCase();
  transceiver.setCodecPreferences([...codecs.filter(is), ...codecs.filter((c) => !is(c))]);
}
