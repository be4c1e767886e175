import assert from "node:assert/strict";
import { test } from "node:test";
import { fragmentOf, restarted } from "../src/ice";

const local = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1", "a=extmap-allow-mixed",
  "m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=candidate:1 1 udp 2122260223 10.0.0.2 40000 typ host",
  "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=ice-options:trickle", "a=fingerprint:sha-256 AA", "a=mid:0", "a=sendonly",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=mid:1", ""].join("\r\n");

test("a restart's fragment has the credentials, and nothing of the media", () => {
  assert.equal(fragmentOf(local), ["a=group:BUNDLE 0 1", "m=video 9 UDP/TLS/RTP/SAVPF 96",
    "a=candidate:1 1 udp 2122260223 10.0.0.2 40000 typ host", "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=mid:0", ""].join("\r\n"));
});

const answer = ["v=0", "o=- 1 2 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=ice-lite", "a=group:BUNDLE 0 1",
  "m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=ice-ufrag:OLD1", "a=ice-pwd:old", "a=mid:0", "a=candidate:1 1 udp 1 192.0.2.1 1 typ host", "a=end-of-candidates",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", "a=ice-ufrag:OLD1", "a=ice-pwd:old", "a=mid:1", ""].join("\r\n");

test("the answer takes the new credentials and candidates over, and keeps the rest", () => {
  const got = restarted(answer, "a=ice-lite\r\na=ice-ufrag:NEW1\r\na=ice-pwd:new\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:9 1 udp 1 192.0.2.9 9 typ host\r\na=end-of-candidates\r\n");
  assert.ok(!got.includes("OLD1") && !got.includes("192.0.2.1 "));
  assert.equal(got.match(/a=ice-ufrag:NEW1/g)!.length, 2);
  assert.equal(got.match(/192\.0\.2\.9/g)!.length, 1);
  for (const line of answer.split("\r\n")) if (!/ice-(ufrag|pwd)|candidate/.test(line)) assert.ok(got.includes(line), line);
  const all = got.split("\r\n");
  assert.ok(all.every((l, i) => !l.startsWith("m=") || all[i + 1].startsWith("c=")));
});

test("a fragment without candidates leaves those there are", () => {
  const got = restarted(answer, "a=ice-ufrag:NEW1\na=ice-pwd:new\n");
  assert.ok(got.includes("192.0.2.1 ") && !got.includes("OLD1"));
  assert.throws(() => restarted(answer, "a=ice-ufrag:NEW1\r\n"));
});
