/** Leaving for the Hub's sign-in, and coming back from it. */
const key = 'atelier-sign-in';

/** What is needed of the visit before; no token is part of it. */
interface Left {
  readonly endpoint: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** The step and run that were shown. */
  readonly hash: string;
}

export interface Returned extends Omit<Left, 'hash'> {
  readonly redirectedUrl: string;
}

/** Where the Hub sends the visitor back to, which is one address for the whole page. */
export const returnAddress = (): string => location.origin + location.pathname;

export function leaveFor(address: string, left: Omit<Left, 'hash'>): void {
  sessionStorage.setItem(key, JSON.stringify({ ...left, hash: location.hash }));
  location.assign(address);
}

/** Of a visitor who comes from there: takes what the Hub added out of the address, before anything else reads that. */
export function returnedFromSignIn(): Returned | null {
  const kept = sessionStorage.getItem(key);
  if (kept === null) return null;
  sessionStorage.removeItem(key);
  const redirectedUrl = location.href;
  const { searchParams } = new URL(redirectedUrl);
  if (!searchParams.has('code') && !searchParams.has('error')) return null;
  const { hash, ...left } = JSON.parse(kept) as Left;
  history.replaceState(null, '', location.pathname + hash);
  return { ...left, redirectedUrl };
}
