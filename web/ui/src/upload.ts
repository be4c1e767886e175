// Sending a file with its progress, which fetch does not tell.

import { ApiError } from "./api";
import { t } from "./i18n";

/** Sends a file's bytes; progress is told in percent. Failures are ApiErrors. */
export function upload<T>(path: string, file: Blob, progress: (percent: number) => void, method = "POST", type = "application/octet-stream"): Promise<T> {
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest();
    x.open(method, path);
    x.setRequestHeader("Content-Type", type);
    x.responseType = "json";
    x.upload.onprogress = (e) => { if (e.lengthComputable) progress(Math.floor((100 * e.loaded) / e.total)); };
    x.onerror = () => reject(new ApiError(0, "unreachable", "unreachable", t("failure.unreachable")));
    x.onload = () => {
      if (x.status === 200 || x.status === 204) return resolve(x.response as T);
      const e = x.response?.error;
      reject(new ApiError(x.status, e?.kind ?? "internal", e?.key ?? "internal", e?.message || t("failure.internal")));
    };
    x.send(file);
  });
}
