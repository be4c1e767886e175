// Files that the page makes itself.

/** Gives the person a text as a file; what no file name may have goes. */
export function save(name: string, text: string, type = "text/csv;charset=utf-8"): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const a = document.createElement("a");
  a.href = url;
  a.download = name.replace(/[\\/:*?"<>|\u0000-\u001f]+/g, " ").trim();
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
