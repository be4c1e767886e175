// The SDP fragments of an ICE restart (RFC 9725 §4.3, RFC 8840 §9): what is
// sent, and what the answer changes in the description of the other side.

const lines = (sdp: string): string[] => sdp.split(/\r\n|\n/).filter((l) => l !== "");

const changing = /^a=(ice-ufrag|ice-pwd|candidate|end-of-candidates)\b/;

/** The fragment that asks for a restart with a local description's credentials. */
export function fragmentOf(sdp: string): string {
  const out: string[] = [];
  let sections = 0;
  for (const line of lines(sdp)) {
    if (line.startsWith("m=")) sections++;
    const wanted = sections === 0
      ? line.startsWith("a=group:") || line.startsWith("a=ice-options:")
      : sections === 1 && (/^(m=|a=mid:)/.test(line) || changing.test(line));
    if (wanted) out.push(line);
  }
  return out.join("\r\n") + "\r\n";
}

/** The other side's description with the credentials and candidates of its fragment. */
export function restarted(sdp: string, fragment: string): string {
  const sent = lines(fragment);
  const value = (name: string): string | undefined => sent.find((l) => l.startsWith(`a=${name}:`));
  const ufrag = value("ice-ufrag");
  const pwd = value("ice-pwd");
  if (!ufrag || !pwd) throw new Error("the fragment has no credentials");
  const candidates = sent.filter((l) => l.startsWith("a=candidate:"));
  const out: string[] = [];
  let sections = 0;
  for (const line of lines(sdp)) {
    if (line.startsWith("m=")) sections++;
    if (candidates.length > 0 ? changing.test(line) : /^a=ice-(ufrag|pwd):/.test(line)) continue;
    out.push(line);
    if (!line.startsWith("m=")) continue;
    out.push(ufrag, pwd);
    if (sections === 1 && candidates.length > 0) out.push(...candidates, "a=end-of-candidates");
  }
  return inOrder(out).join("\r\n") + "\r\n";
}

/** Puts c= lines directly behind their m= line, where SDP's grammar wants them. */
function inOrder(all: string[]): string[] {
  const out: string[] = [];
  let media = -1;
  for (const line of all) {
    if (line.startsWith("m=")) media = out.length;
    if (line.startsWith("c=") && media >= 0) out.splice(++media, 0, line);
    else out.push(line);
  }
  return out;
}
