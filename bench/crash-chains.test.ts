import { expect, test } from 'vitest';
import { crashChains, type Files } from './crash-chains.ts';

const files = (contents: Readonly<Record<string, string>>): Files =>
  new Map(Object.entries(contents).map(([path, text]) => [path, Buffer.from(text)]));

test('what a killed run came to differs, is missing or was left; times and older checkpoints are its own', async () => {
  const unbroken = files({
    'metrics.jsonl': '{"step":1,"time":5}\n',
    'checkpoints/best-00000005.safetensors': 'the best',
    'checkpoints/step-00000010.safetensors': 'on the way',
    'checkpoints/step-00000020.safetensors': 'the end',
    'outcome.json': '{}',
  });
  const found = files({
    'metrics.jsonl': '{"step":1,"time":7}\n',
    'checkpoints/best-00000003.safetensors': 'the best before',
    'checkpoints/best-00000005.safetensors': 'the best',
    'checkpoints/step-00000013.safetensors': 'on another way',
    'checkpoints/step-00000020.safetensors': 'another end',
    'checkpoints/best-00000005.safetensors.unfinished': '',
  });
  const chain = { name: 'a run', unbroken, kill: async () => 'a moment', end: async () => found };
  expect(await crashChains(async () => chain, { kills: 3, seed: 1, killsOfChain: 3 })).toEqual({
    ...{ kills: 3, tooLate: 0, runs: 1, compared: 5, moments: { 'a moment': 3 } },
    differing: [
      'run 0 (a run): checkpoints/step-00000020.safetensors differs',
      'run 0 (a run): outcome.json is missing',
      'run 0 (a run): checkpoints/best-00000005.safetensors.unfinished was left',
    ],
  });
});
