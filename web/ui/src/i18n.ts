// Messages in kk, ru and en. Kazakh is the default; the choice is a cookie,
// which the server reads too for its own sentences.

import { signal } from "@preact/signals";
import { fill, type Args } from "./message";
import type sentences from "../../messages/ui.kk.json";
import { languages, type Language } from "./types";

/** The keys of the pages' messages; the compiler knows a wrong one. */
export type Key = keyof typeof sentences;

const messages = signal<Record<string, string>>({});

export const language = signal<Language>(remembered());

function remembered(): Language {
  if (typeof document === "undefined") return "kk";
  const found = /(?:^|;\s*)lang=(\w+)/.exec(document.cookie)?.[1];
  return languages.find((l) => l === found) ?? "kk";
}

/** The sentence of a key in the current language; the key itself if unknown. */
export function t(key: Key, args?: Args): string {
  const sentence = messages.value[key];
  return sentence === undefined ? key : fill(sentence, args);
}

/** Loads a language and remembers it. */
export async function loadMessages(lang: Language): Promise<void> {
  document.cookie = `lang=${lang}; path=/; max-age=31536000; samesite=lax`;
  const response = await fetch(`/messages/${lang}.json`);
  if (!response.ok) throw new Error(`messages: ${response.status}`);
  messages.value = await response.json();
  language.value = lang;
  document.documentElement.lang = lang;
}
