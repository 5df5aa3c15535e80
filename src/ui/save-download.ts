import type { Download } from '../worker/protocol.ts';

/** Hands a file to the browser's downloads. */
export function saveDownload({ fileName, blob }: Download): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser has taken the file over by then; an earlier revoke would cancel it in some.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
