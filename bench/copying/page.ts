/** Copies the chosen file, as far as is asked for, in a worker: what the page's export is measured against. */
import { trustOwnScripts } from '../../src/worker/trusted-scripts.ts';

declare global {
  interface Window {
    /** @param written bytes of the copy; the file is read whole */
    copyChosen(written: number): Promise<void>;
  }
}

trustOwnScripts(window, { blobs: false });
const worker = new Worker(new URL('worker.ts', import.meta.url), { type: 'module' });

window.copyChosen = (written) =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data === 'done' ? resolve() : reject(new Error(String(data))));
    worker.postMessage({ file: document.querySelector('input')!.files![0], written });
  });
