// Putting a recording's blocks into the order that Media Source Extensions ask
// for. A recorder writes audio and video as they arrive; Chromium takes only
// clusters whose blocks never go back in time (WebM's muxer guidelines).

/** Element IDs of RFC 9559 that matter here. */
const ids = { ebml: 0x1a45dfa3, segment: 0x18538067, info: 0x1549a966, tracks: 0x1654ae6b, cluster: 0x1f43b675, timestamp: 0xe7, simpleBlock: 0xa3, group: 0xa0, block: 0xa1 };

/** What may follow a cluster of unknown size. */
const levelOne = new Set([ids.cluster, ids.info, ids.tracks, 0x1c53bb6b, 0x114d9b74, 0x1254c367, 0x1043a770, 0x1941a469]);

interface Element { id: number; start: number; body: number; end: number }

/** Takes a recording in pieces of any size and gives back what is whole. */
export class Sorter {
  private rest = new Uint8Array(0);

  /** Takes more bytes; returns complete clusters and headers in order. */
  push(chunk: Uint8Array, last = false): Uint8Array<ArrayBuffer> {
    const data = join([this.rest, chunk]);
    const out: Uint8Array[] = [];
    let at = 0;
    for (;;) {
      const e = element(data, at);
      if (!e) break;
      if (e.id === ids.segment) { // its children are taken one by one
        out.push(data.slice(e.start, e.start + 4), unknownSize);
        at = e.body;
        continue;
      }
      const end = e.id === ids.cluster && e.end === Infinity ? clusterEnd(data, e.body, last) : e.end;
      if (end > data.length) break;
      if (e.id === ids.cluster) out.push(...sorted(data, e.body, end));
      else if (e.id === ids.ebml || e.id === ids.info || e.id === ids.tracks) out.push(data.slice(e.start, end));
      at = end;
    }
    this.rest = data.slice(at);
    return join(out);
  }
}

/** A whole recording, in order. */
export const sortRecording = (data: ArrayBuffer): Uint8Array<ArrayBuffer> => new Sorter().push(new Uint8Array(data), true);

const unknownSize = Uint8Array.of(1, 255, 255, 255, 255, 255, 255, 255);

/** Reads an element's head; null if it is cut off. */
function element(d: Uint8Array, at: number): Element | null {
  const idLength = width(d[at]);
  const sizeLength = width(d[at + idLength]);
  const body = at + idLength + sizeLength;
  if (idLength > 4 || sizeLength > 8 || !(body <= d.length)) return null;
  let id = 0;
  for (let i = 0; i < idLength; i++) id = id * 256 + d[at + i];
  let size = d[at + idLength] & (0xff >> sizeLength);
  let unknown = size === 0xff >> sizeLength;
  for (let i = 1; i < sizeLength; i++) {
    const b = d[at + idLength + i];
    unknown &&= b === 0xff;
    size = size * 256 + b;
  }
  return { id, start: at, body, end: unknown ? Infinity : body + size };
}

/** The length of a variable-size integer, from its first byte. */
const width = (first: number | undefined): number => (first ? Math.clz32(first) - 23 : 9);

/** Where a cluster of unknown size ends; Infinity while that is not known. */
function clusterEnd(d: Uint8Array, at: number, last: boolean): number {
  for (;;) {
    const e = element(d, at);
    if (!e || e.end > d.length) return e && levelOne.has(e.id) ? at : last ? at : Infinity;
    if (levelOne.has(e.id)) return at;
    at = e.end;
  }
}

/** One cluster again, its blocks by time and none before its own timestamp. */
function sorted(d: Uint8Array, from: number, end: number): Uint8Array[] {
  const blocks: { time: number; bytes: Uint8Array; timeAt: number }[] = [];
  let base = 0;
  for (let at = from; at < end;) {
    const e = element(d, at);
    if (!e || e.end > end) break;
    if (e.id === ids.timestamp) base = unsigned(d, e.body, e.end);
    const timeAt = e.id === ids.simpleBlock ? timeOffset(d, e.body) : e.id === ids.group ? groupTime(d, e) : 0;
    if (timeAt > 0) blocks.push({ time: (((d[timeAt] << 8) | d[timeAt + 1]) << 16) >> 16, bytes: d.slice(e.start, e.end), timeAt: timeAt - e.start });
    at = e.end;
  }
  if (blocks.length === 0) return [];
  blocks.sort((a, b) => a.time - b.time); // stable: equal times keep their order
  const shift = Math.max(-base, Math.min(0, blocks[0].time));
  for (const b of blocks) {
    b.bytes[b.timeAt] = (b.time - shift) >> 8;
    b.bytes[b.timeAt + 1] = b.time - shift;
  }
  const size = 10 + blocks.reduce((n, b) => n + b.bytes.length, 0);
  return [Uint8Array.of(0x1f, 0x43, 0xb6, 0x75, 1, ...big(size, 7), 0xe7, 0x88, ...big(base + shift, 8)), ...blocks.map((b) => b.bytes)];
}

const timeOffset = (d: Uint8Array, body: number): number => body + width(d[body]);

function groupTime(d: Uint8Array, group: Element): number {
  for (let at = group.body; at < group.end;) {
    const e = element(d, at);
    if (!e) return 0;
    if (e.id === ids.block) return timeOffset(d, e.body);
    at = e.end;
  }
  return 0;
}

function unsigned(d: Uint8Array, from: number, end: number): number {
  let n = 0;
  for (let i = from; i < end; i++) n = n * 256 + d[i];
  return n;
}

function big(n: number, bytes: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < bytes; i++, n = Math.floor(n / 256)) out.unshift(n % 256);
  return out;
}

function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}
