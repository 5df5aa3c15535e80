/** Whether the page is built with what publishes results to the Hub. */

/**
 * How publishing is built in; null where it is not, which is the usual.
 * @param {Record<string, string | undefined>} settings `ATELIER_PUBLISH`: 1 builds it in. `ATELIER_OAUTH_CLIENT_ID`: of
 *   an OAuth app that the deployer has registered with the Hub, for visitors to sign in.
 * @returns {{ clientId: string | null } | null}
 */
export function publishing({ ATELIER_PUBLISH, ATELIER_OAUTH_CLIENT_ID } = process.env) {
  if (ATELIER_PUBLISH !== '1') return null;
  return { clientId: ATELIER_OAUTH_CLIENT_ID || null };
}

/** Where the built page lies, against the root of the project: with publishing and without it, beside each other. */
export const builtFolder = () => (publishing() ? 'dist-publishing' : 'dist');
