// Reading WebM and Matroska recordings in pieces, and writing WebM of one
// track for Media Source Extensions. A recording is always taken apart into
// frames and written anew: the tracks then lie in buffers of their own, so
// that the order in which a file interleaves them does not matter, and times
// are those of the seat's timeline.

/** Element IDs of RFC 9559 that matter here. */
const ids = {
  ebml: 0x1a45dfa3, segment: 0x18538067, seekHead: 0x114d9b74, seek: 0x4dbb, seekID: 0x53ab, seekPosition: 0x53ac,
  info: 0x1549a966, scale: 0x2ad7b1, tracks: 0x1654ae6b, entry: 0xae, number: 0xd7, type: 0x83, codec: 0x86, private: 0x63a2,
  video: 0xe0, width: 0xb0, height: 0xba, cluster: 0x1f43b675, timestamp: 0xe7, simpleBlock: 0xa3, group: 0xa0, block: 0xa1,
  reference: 0xfb, cues: 0x1c53bb6b, cuePoint: 0xbb, cueTime: 0xb3, cuePlace: 0xb7, cueCluster: 0xf1,
} as const;

export interface Entry {
  number: number; kind: "video" | "audio" | "other"; codec: string;
  /** The whole TrackEntry as it is in the file, and its CodecPrivate. */
  raw: Uint8Array; private: Uint8Array; width: number; height: number;
}

/** What a file says before its first cluster. */
export interface Header {
  tracks: Entry[];
  /** Seconds of a timestamp's unit. */
  scale: number;
  /** Offset that positions in the file count from. */
  body: number;
  /** Where the seek index is; 0 if there is none. */
  cues: number;
}

export interface Frame { track: number; time: number; key: boolean; data: Uint8Array }

/** A cluster of the seek index: its time in seconds and offset in the file. */
export interface Cue { time: number; at: number }

interface Element { id: number; start: number; body: number; end: number }

/** Takes a recording from its beginning, or from any cluster on, in pieces of
 * any size, and gives each frame as soon as it is whole. */
export class Reader {
  private rest: Uint8Array = new Uint8Array(0);
  private base = 0;
  private offset = 0;
  private scale = 0.001;
  private body = 0;
  private cues = 0;

  /** header is known when reading begins at a cluster. */
  constructor(public header: Header | null = null) {
    if (header) this.scale = header.scale;
  }

  push(chunk: Uint8Array): Frame[] {
    const d = join([this.rest, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    for (;;) {
      const e = element(d, at);
      if (!e) break;
      if (e.id === ids.segment || e.id === ids.cluster) { // taken child by child
        if (e.id === ids.segment) this.body = this.offset + e.body;
        at = e.body;
        continue;
      }
      if (e.end > d.length) break;
      this.take(d, e, frames);
      at = e.end;
    }
    this.rest = d.slice(at);
    this.offset += at;
    return frames;
  }

  private take(d: Uint8Array, e: Element, frames: Frame[]): void {
    switch (e.id) {
      case ids.timestamp: this.base = unsigned(d, e); break;
      case ids.simpleBlock: frames.push(this.frame(d, e, null)); break;
      case ids.group: {
        const inner = children(d, e);
        const block = inner.find((c) => c.id === ids.block);
        if (block) frames.push(this.frame(d, block, !inner.some((c) => c.id === ids.reference)));
        break;
      }
      case ids.info: {
        const scale = children(d, e).find((c) => c.id === ids.scale);
        if (scale) this.scale = unsigned(d, scale) / 1e9;
        break;
      }
      case ids.seekHead: this.cues = cuesPosition(d, e); break;
      case ids.tracks:
        this.header = { tracks: children(d, e).filter((c) => c.id === ids.entry).map((c) => entry(d, c)), scale: this.scale, body: this.body, cues: this.cues && this.body + this.cues };
    }
  }

  private frame(d: Uint8Array, block: Element, key: boolean | null): Frame {
    const n = width(d[block.body]);
    let track = d[block.body] & (0xff >> n);
    for (let i = 1; i < n; i++) track = track * 256 + d[block.body + i];
    const t = block.body + n;
    const relative = ((d[t] << 8) | d[t + 1]) << 16 >> 16;
    return { track, time: (this.base + relative) * this.scale, key: key ?? (d[t + 2] & 0x80) !== 0, data: d.slice(t + 3, block.end) };
  }
}

function entry(d: Uint8Array, e: Element): Entry {
  const of = (list: Element[], id: number) => list.find((c) => c.id === id);
  const inner = children(d, e);
  const number = (list: Element[], id: number) => { const c = of(list, id); return c ? unsigned(d, c) : 0; };
  const bytes = (id: number) => { const c = of(inner, id); return c ? d.slice(c.body, c.end) : new Uint8Array(0); };
  const video = of(inner, ids.video);
  const size = video ? children(d, video) : [];
  const type = number(inner, ids.type);
  return {
    number: number(inner, ids.number), kind: type === 1 ? "video" : type === 2 ? "audio" : "other",
    codec: String.fromCharCode(...bytes(ids.codec)), raw: d.slice(e.start, e.end), private: bytes(ids.private),
    width: number(size, ids.width), height: number(size, ids.height),
  };
}

/** Where the SeekHead says the Cues are, counted from the Segment's body. */
function cuesPosition(d: Uint8Array, head: Element): number {
  for (const s of children(d, head)) {
    const inner = children(d, s);
    const id = inner.find((c) => c.id === ids.seekID);
    const at = inner.find((c) => c.id === ids.seekPosition);
    if (s.id === ids.seek && id && at && unsigned(d, id) === ids.cues) return unsigned(d, at);
  }
  return 0;
}

/** The seek index that begins at the front of d, in order of time. */
export function readCues(d: Uint8Array, header: Header): Cue[] {
  const e = element(d, 0);
  if (!e || e.id !== ids.cues || e.end > d.length) return [];
  return children(d, e).filter((c) => c.id === ids.cuePoint).flatMap((point) => {
    const inner = children(d, point);
    const time = inner.find((c) => c.id === ids.cueTime);
    const place = inner.find((c) => c.id === ids.cuePlace);
    const at = place && children(d, place).find((c) => c.id === ids.cueCluster);
    return time && at ? [{ time: unsigned(d, time) * header.scale, at: header.body + unsigned(d, at) }] : [];
  }).sort((a, b) => a.time - b.time);
}

/** The first cluster in d, for files without an index: its time and where in d
 * it begins. Ours and browsers' clusters begin with their timestamp. */
export function findCluster(d: Uint8Array, scale: number): Cue | null {
  for (let i = 0; i + 24 < d.length; i++) {
    if (d[i] !== 0x1f || d[i + 1] !== 0x43 || d[i + 2] !== 0xb6 || d[i + 3] !== 0x75) continue;
    const c = element(d, i);
    const t = c && element(d, c.body);
    if (t && t.id === ids.timestamp && t.end - t.body <= 8) return { time: unsigned(d, t) * scale, at: i };
  }
  return null;
}

/** How long a recording's pictures last, from the first to the last, ms;
 * undefined if there are not two. When a busy browser hands a recording out
 * late, the clock on the wall says too much; the frames in the file do not. */
export function lengthOf(d: Uint8Array): number | undefined {
  const reader = new Reader();
  const frames = reader.push(d);
  const video = reader.header?.tracks.find((k) => k.kind === "video")?.number;
  const times = frames.filter((f) => f.track === video).map((f) => Math.round(f.time * 1000));
  const length = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return length > 0 ? length : undefined;
}

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

/** The elements in another, which is whole. */
function children(d: Uint8Array, parent: Element): Element[] {
  const found: Element[] = [];
  for (let at = parent.body; at < parent.end;) {
    const e = element(d, at);
    if (!e || e.end > parent.end) break;
    found.push(e);
    at = e.end;
  }
  return found;
}

/** The length of a variable-size integer, from its first byte. */
const width = (first: number | undefined): number => (first ? Math.clz32(first) - 23 : 9);

function unsigned(d: Uint8Array, e: Element): number {
  let n = 0;
  for (let i = e.body; i < e.end; i++) n = n * 256 + d[i];
  return n;
}

/** A frame with its place on the seat's timeline, seconds. */
export interface Timed { time: number; length: number; key: boolean; data: Uint8Array }

/** The start of a WebM stream with one track. */
export const webmStart = (track: Entry): Uint8Array<ArrayBuffer> => join([
  make(ids.ebml, make(0x4286, [1]), make(0x42f7, [1]), make(0x42f2, [4]), make(0x42f3, [8]), make(0x4282, ascii("webm")), make(0x4287, [4]), make(0x4285, [2])),
  Uint8Array.of(0x18, 0x53, 0x80, 0x67, 1, 255, 255, 255, 255, 255, 255, 255),
  make(ids.info, make(ids.scale, big(1_000_000, 4)), make(0x4d80, ascii("qyragy")), make(0x5741, ascii("qyragy"))),
  make(ids.tracks, track.raw),
]);

/** A cluster with frames of one track, at most half a minute of them. Each has
 * its length, so that nobody needs to guess the last one's. */
export function webmCluster(track: number, frames: Timed[]): Uint8Array<ArrayBuffer> {
  const base = Math.round(frames[0].time * 1000);
  const blocks = frames.map((f) => {
    const at = Math.round(f.time * 1000) - base;
    const block = make(ids.block, [0x80 | track, (at >> 8) & 255, at & 255, 0], f.data);
    const length = make(0x9b, big(Math.max(1, Math.round((f.time + f.length) * 1000) - base - at), 4));
    return f.key ? make(ids.group, block, length) : make(ids.group, block, length, make(ids.reference, [0xff]));
  });
  return make(ids.cluster, make(ids.timestamp, big(base, 8)), ...blocks);
}

/** Silence: 20 ms of it in Opus, and a track that has nothing else. */
export const silence = { frame: Uint8Array.of(0xf8, 0xff, 0xfe), length: 0.02 };

export const silentTrack = (): Entry => {
  const raw = make(ids.entry, make(ids.number, [2]), make(0x73c5, [2]), make(ids.type, [2]), make(0x9c, [0]), make(ids.codec, ascii("A_OPUS")),
    make(ids.private, ascii("OpusHead"), [1, 2, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0]),
    make(0xe1, make(0xb5, [0x47, 0x3b, 0x80, 0]), make(0x9f, [2])));
  return { number: 2, kind: "audio", codec: "A_OPUS", raw, private: new Uint8Array(0), width: 0, height: 0 };
};

function make(id: number, ...parts: (Uint8Array | number[])[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((n, p) => n + p.length, 0);
  const name = big(id, 4);
  return join([name.slice(name.findIndex((b) => b > 0)), [0x10 | (size >> 24), ...big(size % 2 ** 24, 3)], ...parts]);
}

const ascii = (s: string): number[] => [...s].map((c) => c.charCodeAt(0));

/** n as so many bytes, the greatest first. */
export function big(n: number, bytes: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < bytes; i++, n = Math.floor(n / 256)) out.unshift(n % 256);
  return out;
}

export function join(parts: (Uint8Array | number[])[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}
