import { expect, test } from 'vitest';
import { allowRequests } from './allowed-requests.ts';

/** A worker's scope that answers from whatever address a request was sent on to. */
function scopeOf(sentOnTo: string) {
  const sent: string[] = [];
  class XMLHttpRequest {
    open(_method: string, address: string) {
      sent.push(address);
    }
  }
  const answer = { redirected: true, url: sentOnTo } as Response;
  const fetch = async (address: string) => {
    sent.push(address);
    return answer;
  };
  const scope = { fetch, XMLHttpRequest, WebSocket: class {}, location: { href: 'https://page.example/w.js' } };
  allowRequests(scope as never, (address) => new URL(address).host.endsWith('page.example'));
  return { scope, sent };
}

test('a request to a host that the policy does not name is never sent', async () => {
  const { scope, sent } = scopeOf('https://page.example/');
  await expect(scope.fetch('https://other.example/x')).rejects.toMatchObject({ code: 'host-refused' });
  expect(() => new scope.XMLHttpRequest().open('POST', 'https://other.example/x')).toThrow('other.example');
  expect(sent).toEqual([]);
  expect('WebSocket' in scope).toBe(false);
  await scope.fetch('./model');
  new scope.XMLHttpRequest().open('POST', 'https://hub.page.example/x');
  expect(sent).toEqual(['./model', 'https://hub.page.example/x']);
});

test('what an unnamed host answers to a request that was sent on to it is not used', async () => {
  const { scope } = scopeOf('https://other.example/sign-in');
  await expect(scope.fetch('./model')).rejects.toMatchObject({ code: 'host-refused' });
});
