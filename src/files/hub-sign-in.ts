/** Signing in to the Hub by OAuth with PKCE, in the name of whoever serves the page. */
import { oauthHandleRedirect, oauthLoginUrl } from '@huggingface/hub';
import { AppError, toAppError } from '../errors.ts';
import { unlessStalled } from './hub-stall.ts';

/** Creates repositories and touches those alone that it created: the smallest that lets a result be published. */
const scopes = 'openid profile contribute-repos';

/** Milliseconds that the Hub is waited for. */
const stallMs = 30_000;

/** What must be at hand when the visitor comes back from signing in. */
export interface SignInBegun {
  readonly nonce: string;
  readonly codeVerifier: string;
}

/**
 * Where the visitor signs in.
 * @throws AppError 'publish-offline', 'publish-stalled', 'sign-in-failed'
 */
export async function signInAddress(
  endpoint: string,
  clientId: string,
  redirectUrl: string,
): Promise<SignInBegun & { readonly address: string }> {
  const begun: { nonce?: string; codeVerifier?: string } = {};
  const address = await asked(endpoint, () =>
    oauthLoginUrl({ hubUrl: endpoint, clientId, scopes, redirectUrl, localStorage: begun }),
  );
  return { address, nonce: begun.nonce!, codeVerifier: begun.codeVerifier! };
}

/**
 * The token and the name of the visitor who came back.
 * @param redirectedUrl the address with what the Hub added to it
 * @throws AppError 'publish-offline', 'publish-stalled', 'sign-in-failed'
 */
export async function finishSignIn(
  endpoint: string,
  redirectedUrl: string,
  { nonce, codeVerifier }: SignInBegun,
): Promise<{ readonly token: string; readonly user: string }> {
  const { accessToken, userInfo } = await asked(endpoint, () =>
    oauthHandleRedirect({ hubUrl: endpoint, redirectedUrl, nonce, codeVerifier }),
  );
  return { token: accessToken, user: userInfo.preferred_username };
}

async function asked<T>(endpoint: string, ask: () => Promise<T>): Promise<T> {
  const { host } = new URL(endpoint);
  try {
    return await unlessStalled(host, stallMs, null, ask);
  } catch (cause) {
    // What `fetch` throws where nobody answers.
    if (cause instanceof AppError) throw cause;
    if (cause instanceof TypeError) throw new AppError('publish-offline', { host }, { cause });
    throw new AppError('sign-in-failed', { host, message: toAppError(cause).params.reason ?? '' }, { cause });
  }
}
