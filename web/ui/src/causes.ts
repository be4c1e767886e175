// How causes look on the wall.

import type { IconName } from "./components/icon";
import type { Cause } from "./types";

export const causeIcons: Record<Cause, IconName> = {
  covered: "camera", blocked: "shield", network: "network", dark: "info", blurred: "eye",
  no_face: "person", outsider: "person", identity: "person", object: "document",
  away: "eye", voice: "info", frozen: "camera", virtual: "camera", other: "info",
};
