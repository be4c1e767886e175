// How causes look on the wall.

import type { IconName } from "./components/icon";
import type { Cause } from "./types";

export const causeIcons: Record<Cause, IconName> = {
  covered: "camera", blocked: "shield", network: "network", dark: "info", blurred: "eye",
  no_face: "person", outsider: "person", object: "document", other: "info",
};
