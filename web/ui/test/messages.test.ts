import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { blanks } from "../src/message";
import { languages } from "../src/types";

// Run from web/. That dynamic keys exist is the compiler's part: t takes
// nothing but the keys of ui.kk.json.
const messages = Object.fromEntries(languages.map((l) =>
  [l, JSON.parse(readFileSync(`messages/ui.${l}.json`, "utf8")) as Record<string, string>]));

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? sources(join(folder, e.name)) : /\.tsx?$/.test(e.name) ? [readFileSync(join(folder, e.name), "utf8")] : []);
}

const code = sources("ui/src").join("\n");

test("the three languages have the same keys and the same blanks", () => {
  for (const l of languages) {
    assert.deepEqual(Object.keys(messages[l]).sort(), Object.keys(messages.kk).sort(), l);
    for (const [key, sentence] of Object.entries(messages[l])) {
      assert.ok(sentence.trim(), `${l} ${key} is empty`);
      assert.deepEqual(blanks(sentence), blanks(messages.kk[key]), `${l} ${key}`);
    }
  }
});

test("every key in the code is in all three languages", () => {
  const used = [...code.matchAll(/\bt\(\s*"([^"]+)"/g)].map((m) => m[1]);
  assert.ok(used.length > 200);
  for (const key of used) for (const l of languages) assert.ok(key in messages[l], `${l} ${key}`);
});

test("no message is there for nothing", () => {
  const families = [...code.matchAll(/`([a-z_.]+[._])\$\{/g)].map((m) => m[1]);
  const unused = Object.keys(messages.kk).filter((k) => !code.includes(`"${k}"`) && !families.some((f) => k.startsWith(f)));
  assert.deepEqual(unused, []);
});

test("no sentence is in the code", () => {
  const cyrillic = code.split("\n").filter((line) => /[Ѐ-ӿ]/.test(line));
  assert.deepEqual(cyrillic, []);
  const bare = [...code.matchAll(/<(?:p|h[1-4]|span|strong|small|button|label|td|th|li|dt|dd)\b[^<>{}]*>\s*[A-Za-z]{3,}/g)].map((m) => m[0]);
  assert.deepEqual(bare, []);
});

test("Kazakh is Kazakh: sentences are not copied from the Russian", () => {
  const same = Object.keys(messages.kk).filter((k) => messages.kk[k] === messages.ru[k] && /[а-я]{4,}/i.test(messages.kk[k]) && messages.kk[k].includes(" "));
  assert.deepEqual(same.filter((k) => !k.startsWith("official.") && !k.startsWith("language.") && !k.startsWith("unit.")), []);
});
