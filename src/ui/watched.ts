import type { Client } from '../worker/client.ts';

/** Browsers slow down what nobody sees: the worker leaves that time out of what it learns of this computer. */
export function tellWhetherWatched(client: Client): void {
  const tell = () => {
    client.request('watch', { watched: document.visibilityState === 'visible' }).catch(() => {});
  };
  document.addEventListener('visibilitychange', tell);
  if (document.visibilityState !== 'visible') tell();
}
