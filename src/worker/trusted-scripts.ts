/** What of Trusted Types is used; browsers without them have no `trustedTypes`. */
interface TrustedTypes {
  createPolicy(name: 'default', rules: TrustedRules): unknown;
}

interface TrustedRules {
  createScriptURL(address: string): string;
  createHTML?(html: string): string;
}

/**
 * What becomes script under `require-trusted-types-for 'script'`: files of the server that this one is from, and in a
 * worker what it made itself (`blob:`). Text becomes HTML only as `createHTML` says. Whatever else is tried, by a library or
 * through a hole in the page, throws.
 */
export function trustOwnScripts(scope: object, more: { blobs: boolean } & Pick<TrustedRules, 'createHTML'>): void {
  const { trustedTypes } = scope as { trustedTypes?: TrustedTypes };
  const { blobs, ...rules } = more;
  const own = new URL(import.meta.url);
  trustedTypes?.createPolicy('default', {
    ...rules,
    createScriptURL(address) {
      const { protocol, origin } = new URL(address, own);
      if (origin !== own.origin || !(protocol === own.protocol || (blobs && protocol === 'blob:')))
        throw new TypeError(`Not a script of this page: ${address}`);
      return address;
    },
  });
}
