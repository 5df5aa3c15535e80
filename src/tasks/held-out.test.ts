import { expect, test } from 'vitest';
import { comparedRows, macroF1 } from './held-out.ts';

test('macro F1 is the mean over classes, as scikit-learn has it', () => {
  // f1_score([0, 0, 1, 1, 2], [0, 1, 1, 1, 0], average='macro') = (0.5 + 0.8 + 0) / 3
  expect(macroF1([0, 0, 1, 1, 2], [0, 1, 1, 1, 0])).toBeCloseTo(1.3 / 3, 10);
});

test('a result is compared with the base or with blind answers, whichever is better', () => {
  const [tuned, base, blind] = [
    [1, 1, 0, 1],
    [0, 0, 0, 1],
    [1, 1, 1, 0],
  ];
  expect(comparedRows({ tuned: tuned!, base: base! })).toEqual({ better: 2, worse: 0 });
  expect(comparedRows({ tuned: tuned!, base: base!, blind: blind! })).toEqual({ better: 1, worse: 1 });
  expect(comparedRows({ tuned: tuned!, base: null })).toEqual({ better: 0, worse: 0 });
});
