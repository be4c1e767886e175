import assert from "node:assert/strict";
import { test } from "node:test";
import { Pictures, Sounds } from "../src/lanes";
import { avcCodec, mp4Fragment, mp4Start } from "../src/mp4";
import { findCluster, Reader, readCues, silentTrack, webmCluster, webmStart, type Entry } from "../src/webm";

const unknown = [1, 255, 255, 255, 255, 255, 255, 255];
const el = (id: number[], ...body: number[][]) => [...id, 0x80 | body.flat().length, ...body.flat()];
const video = el([0xae], el([0xd7], [1]), el([0x83], [1]), el([0x86], [...Buffer.from("V_VP8")]), el([0xe0], el([0xb0], [2, 128]), el([0xba], [1, 224])));
const audio = el([0xae], el([0xd7], [2]), el([0x83], [2]), el([0x86], [...Buffer.from("A_OPUS")]));
const tracks = [0x16, 0x54, 0xae, 0x6b, 0x80 | (video.length + audio.length), ...video, ...audio];
const info = [0x15, 0x49, 0xa9, 0x66, ...el([], el([0x2a, 0xd7, 0xb1], [0x0f, 0x42, 0x40]))];
const header = [...el([0x1a, 0x45, 0xdf, 0xa3]), 0x18, 0x53, 0x80, 0x67, ...unknown, ...info, ...tracks];
const block = (track: number, time: number, key = true) => [0xa3, 0x85, 0x80 | track, (time >> 8) & 255, time & 255, key ? 0x80 : 0, 42];
const group = (track: number, time: number, key: boolean) => el([0xa0], el([0xa1], [0x80 | track, (time >> 8) & 255, time & 255, 0, 7]), key ? [] : el([0xfb], [255]));
const cluster = (base: number, ...blocks: number[][]) => [0x1f, 0x43, 0xb6, 0x75, ...unknown, 0xe7, 0x82, base >> 8, base & 255, ...blocks.flat()];
const recording = Uint8Array.from([...header,
  ...cluster(1000, block(1, 0), block(2, 40), block(1, 20, false), block(2, -3)),
  ...cluster(2000, group(1, 5, false), group(2, 5, true))]);
const expected = [[1, 1000, true], [2, 1040, true], [1, 1020, false], [2, 997, true], [1, 2005, false], [2, 2005, true]];

test("a recording cut anywhere gives each frame once, and its header", () => {
  for (const size of [1, 2, 7, 13, 50, 1000]) {
    const reader = new Reader();
    const found = [];
    for (let i = 0; i < recording.length; i += size) found.push(...reader.push(recording.slice(i, i + size)));
    assert.deepEqual(found.map((f) => [f.track, Math.round(f.time * 1000), f.key]), expected, `pieces of ${size}`);
    assert.deepEqual(reader.header?.tracks.map((k) => [k.number, k.kind, k.codec, k.width, k.height]), [[1, "video", "V_VP8", 640, 480], [2, "audio", "A_OPUS", 0, 0]]);
  }
});

test("reading may begin at any cluster, and a cut block is not given", () => {
  const { header } = read(recording);
  const at = findCluster(recording.slice(header.length + 30), 0.001);
  assert.equal(at?.time, 2);
  const reader = new Reader(header.of);
  assert.equal(reader.push(recording.slice(header.length + 30 + at!.at, -3)).length, 1);
});

function read(d: Uint8Array) {
  const reader = new Reader();
  const frames = reader.push(d);
  return { frames, header: { of: reader.header!, length: header.length } };
}

test("the seek index is read with its positions from the file's start", () => {
  const point = (ms: number, at: number) => el([0xbb], el([0xb3], [ms >> 8, ms & 255]), el([0xb7], el([0xf7], [1]), el([0xf1], [at >> 8, at & 255])));
  const cues = Uint8Array.from([0x1c, 0x53, 0xbb, 0x6b, ...el([], point(2000, 900), point(0, 300))]);
  assert.deepEqual(readCues(cues, { tracks: [], scale: 0.001, body: 40, cues: 1 }), [{ time: 0, at: 340 }, { time: 2, at: 940 }]);
  assert.deepEqual(readCues(cues.slice(0, -1), { tracks: [], scale: 0.001, body: 40, cues: 1 }), []);
});

test("what is written reads the same", () => {
  const frames = [{ time: 7200.04, length: 0.02, key: true, data: Uint8Array.of(1) }, { time: 7200.06, length: 1.5, key: false, data: new Uint8Array(70_000).fill(2) }];
  const out = read(Uint8Array.from([...webmStart(silentTrack()), ...webmCluster(2, frames), ...webmCluster(2, frames.slice(1))]));
  assert.deepEqual(out.header.of.tracks.map((k) => [k.number, k.kind, k.codec]), [[2, "audio", "A_OPUS"]]);
  assert.deepEqual(out.frames.map((f) => [f.track, Math.round(f.time * 1000), f.key, f.data.length]), [[2, 7200040, true, 1], [2, 7200060, false, 70_000], [2, 7200060, false, 70_000]]);
});

test("MP4's boxes hold together and its sample data is where it is said", () => {
  const entry: Entry = { number: 1, kind: "video", codec: "V_MPEG4/ISO/AVC", raw: new Uint8Array(0), private: Uint8Array.of(1, 0x42, 0xe0, 0x1f, 0xff), width: 640, height: 480 };
  assert.equal(avcCodec(entry), "avc1.42e01f");
  assert.deepEqual(boxes(mp4Start(entry), 0), ["ftyp", "moov"]);
  const fragment = mp4Fragment([{ time: 10, length: 0.1, key: true, data: Uint8Array.of(9, 8) }, { time: 10.1, length: 0.1, key: false, data: Uint8Array.of(7) }]);
  assert.deepEqual(boxes(fragment, 0), ["moof", "mdat"]);
  const view = new DataView(fragment.buffer);
  const trun = Buffer.from(fragment).indexOf("trun");
  assert.deepEqual([...fragment.slice(view.getUint32(trun + 12))], [9, 8, 7]);
});

function boxes(d: Uint8Array, at: number): string[] {
  const found: string[] = [];
  for (const view = new DataView(d.buffer); at < d.length; at += view.getUint32(at)) found.push(String.fromCharCode(...d.slice(at + 4, at + 8)));
  return found;
}

const one = Uint8Array.of(1);
const told = (list: { time: number; length: number }[]) => list.map((f) => [Math.round(f.time * 1000), Math.round(f.length * 1000)]);

test("pictures before a piece are decoded at its beginning, later ones keep their time", () => {
  const lane = new Pictures(10, 12);
  const out = [...lane.push(8, true, one), ...lane.push(9, true, one), ...lane.push(9.5, false, one), ...lane.push(10.2, false, one), ...lane.push(10.4, true, one), ...lane.push(12, true, one), ...lane.end(12)];
  assert.deepEqual(told(out), [[10000, 1], [10001, 199], [10200, 200], [10400, 1500]]);
  assert.deepEqual(out.map((f) => f.key), [true, false, false, true]);
});

test("without a key frame nothing can be shown", () => {
  const lane = new Pictures(10, 12);
  assert.deepEqual([...lane.push(10, false, one), ...lane.push(10.1, true, one), ...lane.end(10.2)].map((f) => f.time), [10.1]);
});

test("a break in the sound is silence, sound that is there is kept", () => {
  const lane = new Sounds(5, 6, true);
  const out = [...lane.push(4.9, one), ...lane.push(5, one), ...lane.push(5.02, one), ...lane.push(5.2, one), ...lane.end(5.3)];
  let next = 5;
  for (const f of out) {
    assert.ok(Math.abs(f.time - next) < 0.011, `${f.time} follows ${next}`);
    next = f.time + f.length;
  }
  assert.ok(Math.abs(next - 5.3) < 0.021);
  assert.equal(out.filter((f) => f.data === one).length, 3);
});

test("a file without sound gets silence as its picture goes on", () => {
  const lane = new Sounds(5, 65, false);
  assert.equal(lane.upTo(6).length, 50);
  assert.equal(lane.upTo(6).length, 0);
  assert.equal(lane.end(65).length, 2950);
});
