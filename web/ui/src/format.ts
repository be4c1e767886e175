// Times, lengths and amounts as people read them. Times are shown in the zone
// of the university; the browser of an examinee abroad may be in another.

import type { Language } from "./types";

export const zone = "Asia/Almaty";

// Browsers know little of kk; its dates and hours are written as in ru.
const locale = (lang: Language) => ({ kk: "ru-RU", ru: "ru-RU", en: "en-GB" })[lang];

function format(at: string | number, lang: Language, options: Intl.DateTimeFormatOptions): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  return new Intl.DateTimeFormat(locale(lang), { timeZone: zone, hourCycle: "h23", ...options }).format(date);
}

export const clock = (at: string | number, lang: Language) =>
  format(at, lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export const shortClock = (at: string | number, lang: Language) =>
  format(at, lang, { hour: "2-digit", minute: "2-digit" });

export const day = (at: string | number, lang: Language) =>
  format(at, lang, { day: "2-digit", month: "2-digit", year: "numeric" });

export const dateTime = (at: string | number, lang: Language) => `${day(at, lang)} ${shortClock(at, lang)}`;

/** The end of a span: only the hour while it is the day it began on. */
export const endTime = (from: string | number, to: string | number, lang: Language) =>
  day(from, lang) === day(to, lang) ? shortClock(to, lang) : dateTime(to, lang);

/** 3725 → "1:02:05", 65 → "1:05"; never negative. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600);
  const m = Math.floor(s / 60) % 60;
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** The seconds from one time to another. */
export const seconds = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;

export const kilobits = (bits: number) => Math.round(bits / 1000);

/** A number with so many decimals, as the language writes them: 0,5 in kk and ru. */
export function decimal(value: number, digits: number, lang: Language): string {
  const text = value.toFixed(digits);
  return lang === "en" ? text : text.replace(".", ",");
}

export const percent = (fraction: number, lang: Language) =>
  decimal(fraction * 100, fraction > 0 && fraction < 0.1 ? 1 : 0, lang);

export const megabytes = (bytes: number, lang: Language) => decimal(bytes / 1e6, bytes < 1e7 ? 1 : 0, lang);

/** Hex in groups of eight, so that two people can compare it aloud. */
export const grouped = (hex: string) => hex.match(/.{1,8}/g)?.join(" ") ?? "";

export function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, "0")).join("");
}

/** Whether the server gave a real time: Go's zero time means none. */
export const given = (at: string | null | undefined): at is string => !!at && !at.startsWith("0001-");
