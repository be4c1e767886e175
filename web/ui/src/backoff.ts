// How long to wait before trying again: 1, 2, 4, 8, 10, 10 … seconds, and up
// to a fifth less at random so that a restarted server is not met by all at once.

export const firstWait = 1000;
export const longestWait = 10_000;

export function backoff(attempt: number, random: number = Math.random()): number {
  const wait = Math.min(longestWait, firstWait * 2 ** Math.max(0, attempt));
  return Math.round(wait * (1 - 0.2 * random));
}
