// Many changes one after another, as fast as the server lets one person.

import { ApiError } from "./api";

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Asks again a little later when the server says that it was too often. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (e) {
      if (!(e instanceof ApiError) || e.status !== 429 || tries >= 30) throw e;
      await pause(500);
    }
  }
}

/** Whether going on is in vain: no connection, or no right any more. */
export const hopeless = (e: unknown): boolean => !(e instanceof ApiError) || e.status === 0 || e.status === 401 || e.status === 403;
