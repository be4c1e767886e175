// Printing a document by the browser's own dialogue.

/** Prints a PDF in a frame that nobody sees; where the browser shows no PDF in
 * frames, in a window of its own. */
export function printFile(url: string): void {
  document.getElementById("print-frame")?.remove();
  if (navigator.pdfViewerEnabled === false) {
    window.open(url, "_blank", "noopener");
    return;
  }
  const frame = document.createElement("iframe");
  frame.id = "print-frame";
  frame.className = "visually-hidden";
  frame.title = "PDF";
  frame.onload = () => {
    frame.contentWindow?.focus();
    frame.contentWindow?.print();
  };
  frame.src = url;
  document.body.append(frame);
}
