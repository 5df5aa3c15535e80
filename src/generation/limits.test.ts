import { expect, test } from 'vitest';
import type { Tokenizer } from '../text/tokenizer.ts';
import { defaultRunConfig } from '../training/config/run-config.ts';
import { Limits } from './limits.ts';
import { generationSettings } from './settings.ts';

const tokenizer = { encode: (text: string) => [...text].map((letter) => letter.charCodeAt(0)) } as Tokenizer;
const settingsOf = (changes: Partial<typeof defaultRunConfig.prediction>) =>
  generationSettings({ ...defaultRunConfig.prediction, ...changes }, 1, tokenizer);

test('max_length_inference bounds the answer, and the room bounds prompt and answer', () => {
  const limits = new Limits(settingsOf({ max_length_inference: 5 }), 100, () => 0);
  expect([limits.reached(20, 4), limits.reached(20, 5), limits.reached(100, 1)]).toEqual([null, 'length', 'length']);
});

test('max_time bounds the seconds of an answer; 0 does not', () => {
  let milliseconds = 0;
  const now = () => milliseconds;
  const [bounded, free] = [2, 0].map((max_time) => new Limits(settingsOf({ max_time }), 100, now)) as [Limits, Limits];
  milliseconds = 1999;
  expect(bounded.reached(10, 1)).toBeNull();
  milliseconds = 2000;
  expect([bounded.reached(10, 1), free.reached(10, 1)]).toEqual(['time', null]);
});

test('stop_tokens end an answer where one stands at its end, and never in the prompt', () => {
  const limits = new Limits(settingsOf({ stop_tokens: ['ab'] }), 100, () => 0);
  const ids = tokenizer.encode('abxab');
  expect([limits.stops(ids, 2), limits.stops(ids, 4), limits.stops(ids.slice(0, 3), 0)]).toEqual([true, false, false]);
});
