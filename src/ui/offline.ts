/**
 * Lets the browser keep the page, so that it opens without a network from the second visit on. Asked for once the page
 * has loaded, because the files are many; a browser that refuses (a private window) loses nothing else.
 */
export function keepForOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const register = () => navigator.serviceWorker.register('./service-worker.js').catch(() => {});
  if (document.readyState === 'complete') void register();
  else addEventListener('load', register, { once: true });
}
