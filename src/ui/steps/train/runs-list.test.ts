import { expect, test } from 'vitest';
import type { RunSummary } from '../../../worker/protocol.ts';
import { listed, nextOrder, usualOrder } from './runs-list.ts';

const run = (name: string, evalLoss: number | null, created: number, tuned?: number) =>
  ({
    heldOut: tuned === undefined ? null : { tuned },
    name,
    evalLoss,
    created,
    model: 'HuggingFaceTB/SmolLM2',
    method: 'lora',
    problemType: 'instruction',
    textPairs: false,
  }) as RunSummary;
const runs = [run('b', 2, 1, 0.5), run('a', null, 2), run('よくある質問', 1, 3, 0.9)];
const names = (found: readonly RunSummary[]) => found.map(({ name }) => name);

test('runs are listed the newest first, or by a column, with those that have no value last', () => {
  expect(names(listed(runs, '', usualOrder))).toEqual(['よくある質問', 'a', 'b']);
  expect(names(listed(runs, '', { key: 'evalLoss', descending: false }))).toEqual(['よくある質問', 'b', 'a']);
  expect(names(listed(runs, '', { key: 'evalLoss', descending: true }))).toEqual(['b', 'よくある質問', 'a']);
  expect(names(listed(runs, '', { key: 'heldOut', descending: true }))).toEqual(['よくある質問', 'b', 'a']);
  expect(names(listed(runs, '', { key: 'name', descending: false })).slice(0, 2)).toEqual(['a', 'b']);
});

test('a filter wants every word of it, in whatever case', () => {
  expect(names(listed(runs, 'smollm LORA', usualOrder))).toHaveLength(3);
  expect(names(listed(runs, '質問 lora', usualOrder))).toEqual(['よくある質問']);
  expect(listed(runs, 'qwen', usualOrder)).toEqual([]);
});

test('a column that is pressed again turns its order, and then lets go of it', () => {
  const once = nextOrder(usualOrder, 'evalLoss');
  expect(once).toEqual({ key: 'evalLoss', descending: false });
  const twice = nextOrder(once, 'evalLoss');
  expect(twice.descending).toBe(true);
  expect(nextOrder(twice, 'evalLoss')).toEqual(usualOrder);
});
