import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Who signs in, and the token that is given out. */
export const signedIn = { name: 'cat-friend', token: 'hf_oauth_right' };

/** Challenges of sign-ins under way, by their codes. */
const challenges = new Map<string, string>();

/** OAuth with PKCE as the Hub does it, its visitor agreeing at once. Answers where it is asked; false otherwise. */
export async function answerSignIn(url: URL, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const { origin, pathname, searchParams } = url;
  const json = (value: unknown, status = 200): true => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    return true;
  };
  switch (pathname) {
    case '/.well-known/openid-configuration':
      return json({
        authorization_endpoint: `${origin}/oauth/authorize`,
        token_endpoint: `${origin}/oauth/token`,
        userinfo_endpoint: `${origin}/oauth/userinfo`,
      });
    case '/oauth/authorize': {
      const code = createHash('sha1').update(url.href).digest('hex');
      challenges.set(code, searchParams.get('code_challenge') ?? '');
      const back = new URL(searchParams.get('redirect_uri')!);
      back.searchParams.set('code', code);
      back.searchParams.set('state', searchParams.get('state')!);
      response.writeHead(302, { location: back.href }).end();
      return true;
    }
    case '/oauth/token': {
      let body = '';
      for await (const piece of request) body += piece;
      const given = new URLSearchParams(body);
      const challenge = createHash('sha256')
        .update(given.get('code_verifier') ?? '')
        .digest('base64url');
      if (challenges.get(given.get('code') ?? '') !== challenge) return json({ error: 'invalid_grant' }, 400);
      return json({ access_token: signedIn.token, expires_in: 3600, scope: 'openid profile contribute-repos' });
    }
    case '/oauth/userinfo':
      return request.headers.authorization === `Bearer ${signedIn.token}`
        ? json({ sub: '1', name: signedIn.name, preferred_username: signedIn.name, picture: '' })
        : json({ error: 'Unauthorized' }, 401);
    default:
      return false;
  }
}
