import { expect, test } from 'vitest';
import { recentTurns } from './chat-sides.ts';

test('num_history keeps so many questions and answers before the last question', () => {
  const messages = ['a', 'b', 'c'].flatMap((text) => [
    { role: 'user' as const, text },
    { role: 'assistant' as const, text: `${text}!` },
  ]);
  const asked = [...messages, { role: 'user' as const, text: 'd' }];
  const said = (count: number) => recentTurns(asked, count).map(({ content }) => content);
  expect(said(0)).toEqual(['d']);
  expect(said(1)).toEqual(['c', 'c!', 'd']);
  expect(said(9)).toEqual(['a', 'a!', 'b', 'b!', 'c', 'c!', 'd']);
});
