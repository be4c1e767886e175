// How long a piece really is. When a busy browser hands a recording out late,
// the clock on the wall says too much; the frames in the file do not.

/** Elements of RFC 9559 that hold others, or a time. */
const segment = 0x18538067, cluster = 0x1f43b675, tracks = 0x1654ae6b, entry = 0xae, group = 0xa0;
const trackNumber = 0xd7, trackType = 0x83, timestamp = 0xe7, simpleBlock = 0xa3, block = 0xa1;
const masters = new Set([segment, cluster, tracks, entry, group]);

/** From the first video frame to the last, ms; undefined if there are not two. */
export function lengthOf(data: Uint8Array): number | undefined {
  let at = 0, base = 0, number = 0, video = 0, first = NaN, last = NaN;
  while (at < data.length) {
    const idLength = width(data[at]), sizeLength = width(data[at + idLength]);
    const id = unsigned(data, at, at + idLength);
    const body = at + idLength + sizeLength;
    const size = unsigned(data, at + idLength, body, 0xff >> sizeLength);
    if (masters.has(id)) { // its children follow
      at = body;
      continue;
    }
    if (!(body + size <= data.length)) break;
    if (id === trackNumber) number = unsigned(data, body, body + size);
    if (id === trackType && data[body] === 1) video ||= number;
    if (id === timestamp) base = unsigned(data, body, body + size);
    if ((id === simpleBlock || id === block) && (data[body] & 0x7f) === video) {
      last = base + ((((data[body + 1] << 8) | data[body + 2]) << 16) >> 16);
      if (Number.isNaN(first)) first = last;
    }
    at = body + size;
  }
  return last > first ? last - first : undefined;
}

/** The length of a variable-size integer, from its first byte. */
const width = (head: number | undefined): number => (head ? Math.clz32(head) - 23 : NaN);

/** A big-endian number; mask is for its first byte. */
function unsigned(d: Uint8Array, from: number, end: number, mask = 0xff): number {
  let n = d[from] & mask;
  for (let i = from + 1; i < end; i++) n = n * 256 + d[i];
  return n;
}
