// The names of the errors a browser gives for a camera or microphone, each of
// which has a sentence of its own.

export const deviceErrors = [
  "NotAllowedError", "NotFoundError", "NotReadableError", "AbortError", "OverconstrainedError",
  "SecurityError", "NotSupportedError", "UnknownError",
] as const;
export type DeviceError = (typeof deviceErrors)[number];

const aliases: Record<string, DeviceError> = {
  PermissionDeniedError: "NotAllowedError",
  DevicesNotFoundError: "NotFoundError",
  TrackStartError: "NotReadableError",
  ConstraintNotSatisfiedError: "OverconstrainedError",
  TypeError: "NotSupportedError",
};

export function deviceError(name: string): DeviceError {
  return deviceErrors.find((e) => e === name) ?? aliases[name] ?? "UnknownError";
}
