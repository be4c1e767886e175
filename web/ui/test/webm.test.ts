import assert from "node:assert/strict";
import { test } from "node:test";
import { Sorter, sortRecording } from "../src/webm";

const header = [0x1a, 0x45, 0xdf, 0xa3, 0x80, 0x18, 0x53, 0x80, 0x67, 1, 255, 255, 255, 255, 255, 255, 255];
const block = (track: number, time: number) => [0xa3, 0x85, 0x80 | track, (time >> 8) & 255, time & 255, 0x80, 42];
const cluster = (base: number, blocks: number[][], size?: number[]) =>
  [0x1f, 0x43, 0xb6, 0x75, ...(size ?? [1, 255, 255, 255, 255, 255, 255, 255]), 0xe7, 0x82, base >> 8, base & 255, ...blocks.flat()];
const recording = Uint8Array.from([...header,
  ...cluster(1000, [block(1, 0), block(2, 40), block(1, 20), block(2, -3)]),
  ...cluster(2000, [block(1, 5), block(2, 5)])]);

/** [track, absolute time] of each block, by a reader of its own. */
function times(d: Uint8Array): [number, number][] {
  const found: [number, number][] = [];
  let base = 0;
  for (let i = header.length; i < d.length;) {
    if (d[i] === 0x1f) i += 12;
    else if (d[i] === 0xe7) {
      base = d[i + 8] * 256 + d[i + 9];
      i += 10;
    } else {
      found.push([d[i + 2] & 127, base + (((d[i + 3] << 8) | d[i + 4]) << 16 >> 16)]);
      i += 7;
    }
  }
  return found;
}

const expected = [[2, 997], [1, 1000], [1, 1020], [2, 1040], [1, 2005], [2, 2005]];

test("blocks of a cluster come out in order, none before the cluster", () => {
  assert.deepEqual(times(sortRecording(recording.buffer)), expected);
});

test("however a growing recording is cut, whole clusters come out once", () => {
  for (const size of [1, 2, 7, 13, 50]) {
    const sorter = new Sorter();
    const parts: number[] = [];
    for (let i = 0; i < recording.length; i += size) parts.push(...sorter.push(recording.slice(i, i + size)));
    assert.deepEqual(times(Uint8Array.from(parts)), expected.slice(0, 4), `pieces of ${size}`);
    parts.push(...sorter.push(new Uint8Array(0), true));
    assert.deepEqual(times(Uint8Array.from(parts)), expected, `pieces of ${size}`);
  }
});

test("a block cut off at the end is left out", () => {
  assert.deepEqual(times(sortRecording(recording.slice(0, -3).buffer)), expected.slice(0, 5));
});
