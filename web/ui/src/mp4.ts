// Writing fragmented MP4 (ISO/IEC 14496-12 and -15) with one H.264 track. Our
// H.264 recordings are Matroska, which Chromium plays in <video> but not
// through Media Source Extensions. Putting the same bytes into MP4 boxes takes
// this one page, and then H.264 starts, seeks and crosses gaps as everything
// else does; two <video> elements taking turns could not.

import { big, join, type Entry, type Timed } from "./webm";

/** Ticks of a second. */
const scale = 1000;

/** The codec by RFC 6381, from the decoder's configuration. */
export const avcCodec = (track: Entry): string =>
  `avc1.${[...track.private.slice(1, 4)].map((b) => b.toString(16).padStart(2, "0")).join("")}`;

/** The start of an MP4 stream with one track of H.264. */
export function mp4Start(track: Entry): Uint8Array<ArrayBuffer> {
  const size = [...big(track.width, 2), ...big(track.height, 2)];
  const avc1 = box("avc1", zeros(6), [0, 1], zeros(16), size, [0, 0x48, 0, 0, 0, 0x48, 0, 0], zeros(4), [0, 1], zeros(32), [0, 0x18, 0xff, 0xff], box("avcC", track.private));
  const tables = box("stbl", box("stsd", zeros(4), big(1, 4), avc1), box("stts", zeros(8)), box("stsc", zeros(8)), box("stsz", zeros(12)), box("stco", zeros(8)));
  const media = box("mdia", box("mdhd", zeros(12), big(scale, 4), zeros(4), [0x55, 0xc4, 0, 0]),
    box("hdlr", zeros(8), ascii("vide"), zeros(13)),
    box("minf", box("vmhd", [0, 0, 0, 1], zeros(8)), box("dinf", box("dref", zeros(4), big(1, 4), box("url ", [0, 0, 0, 1]))), tables));
  const picture = box("tkhd", [0, 0, 0, 3], zeros(8), big(1, 4), zeros(24), matrix, [...big(track.width, 2), 0, 0, ...big(track.height, 2), 0, 0]);
  return join([
    box("ftyp", ascii("iso5"), zeros(4), ascii("iso5"), ascii("avc1")),
    box("moov", box("mvhd", zeros(12), big(scale, 4), zeros(4), [0, 1, 0, 0, 1, 0], zeros(10), matrix, zeros(24), big(2, 4)),
      box("trak", picture, media), box("mvex", box("trex", zeros(4), big(1, 4), big(1, 4), zeros(12)))),
  ]);
}

/** A fragment with frames in the order of decoding, which for live H.264 is
 * that of showing: browsers send no B-frames. */
export function mp4Fragment(frames: Timed[]): Uint8Array<ArrayBuffer> {
  const ticks = (t: number) => Math.round(t * scale);
  const samples = frames.flatMap((f) => [
    ...big(Math.max(1, ticks(f.time + f.length) - ticks(f.time)), 4), ...big(f.data.length, 4),
    ...(f.key ? [2, 0, 0, 0] : [1, 1, 0, 0]), // depends on nothing; depends on others and is no sync sample
  ]);
  const moof = (offset: number) => box("moof", box("mfhd", zeros(4), big(1, 4)),
    box("traf", box("tfhd", [0, 2, 0, 0], big(1, 4)), box("tfdt", [1, 0, 0, 0], big(ticks(frames[0].time), 8)),
      box("trun", [0, 0, 7, 1], big(frames.length, 4), big(offset, 4), samples)));
  const head = moof(moof(0).length + 8);
  return join([head, box("mdat", ...frames.map((f) => f.data))]);
}

const matrix = [0, 1, 0, 0, ...new Array<number>(12).fill(0), 0, 1, 0, 0, ...new Array<number>(12).fill(0), 0x40, 0, 0, 0];
const zeros = (n: number): number[] => new Array<number>(n).fill(0);
const ascii = (s: string): number[] => [...s].map((c) => c.charCodeAt(0));

function box(name: string, ...parts: (Uint8Array | number[])[]): Uint8Array<ArrayBuffer> {
  const size = 8 + parts.reduce((n, p) => n + p.length, 0);
  return join([big(size, 4), ascii(name), ...parts]);
}
