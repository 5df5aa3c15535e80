/**
 * Lets the browser keep the page, so that it opens without a network from the second visit on. Asked for once the page
 * has loaded, because the files are many; a browser that refuses (a private window) loses nothing else.
 */
export function keepForOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // Held while the page is open: so long the service worker keeps the files of its build, which this script names.
  const open = () => new Promise<never>(() => {});
  void navigator.locks?.request(`atelier-page ${import.meta.url}`, { mode: 'shared' }, open);
  const keep = async () => {
    const { serviceWorker } = navigator;
    await serviceWorker.register('./service-worker.js');
    (await serviceWorker.ready).active?.postMessage('open');
  };
  const keepOrNot = () => keep().catch(() => {});
  if (document.readyState === 'complete') void keepOrNot();
  else addEventListener('load', keepOrNot, { once: true });
}
