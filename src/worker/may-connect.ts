/** The sources of the page's Content-Security-Policy, put in when it is built. */
declare const __CONNECT_SOURCES__: readonly string[];

/** Whether the policy that this page was served with lets it talk to an endpoint. */
export function mayConnect(endpoint: string, sources: readonly string[] = __CONNECT_SOURCES__): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { protocol, hostname, port, origin } = new URL(endpoint);
  if (origin === globalThis.location?.origin) return true;
  return sources.some((source) => {
    const [, scheme, host, itsPort = ''] = /^(https?:)\/\/([^:/]+)(?::(\*|\d+))?$/.exec(source) ?? [];
    if (scheme !== protocol || host === undefined) return false;
    const sameHost = host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host;
    return sameHost && (itsPort === '*' || itsPort === port);
  });
}
