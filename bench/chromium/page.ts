/** The page that `openChromium` opens: comparisons run here, each contender in a worker of its own. */
import { trustOwnScripts } from '../../src/worker/trusted-scripts.ts';
import { type Comparison, type ComparisonOptions, compare } from '../compare.ts';
import { RemoteContender } from '../remote.ts';

// Served as the product's page is, so under its policy too.
trustOwnScripts(globalThis, { blobs: false });

function connectWorker(): RemoteContender {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { type: 'module' });
  const remote = new RemoteContender({
    send: (message) => worker.postMessage(message),
    receive: (onMessage) => worker.addEventListener('message', ({ data }) => onMessage(data as never)),
    close: () => worker.terminate(),
  });
  worker.addEventListener('error', ({ message }) => remote.fail(`its worker ended: ${message}`));
  return remote;
}

declare global {
  interface Window {
    runComparison(options: ComparisonOptions): Promise<Comparison>;
  }
}

window.runComparison = (options) => compare(options, connectWorker, (progress) => console.log(progress));
