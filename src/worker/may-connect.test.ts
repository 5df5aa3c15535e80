import { expect, test } from 'vitest';
import { mayConnect } from './may-connect.ts';

const sources = ['https://huggingface.co', 'https://*.hf.co', 'http://localhost:*', 'https://mirror.example:8443'];

test('an endpoint that the page may not talk to is told before a request fails for no visible reason', () => {
  for (const allowed of [
    'https://huggingface.co',
    'https://cdn-lfs.hf.co/x',
    'http://localhost:9000',
    'https://mirror.example:8443',
  ]) {
    expect(mayConnect(allowed, sources), allowed).toBe(true);
  }
  for (const refused of [
    'https://huggingface.co.evil.example',
    'http://huggingface.co',
    'https://hf.co',
    'https://mirror.example',
    'not an address',
  ]) {
    expect(mayConnect(refused, sources), refused).toBe(false);
  }
});
