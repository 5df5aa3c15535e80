import { afterAll, describe, it } from 'vitest';
import { executorOn, type unlike } from '../testing/estimated-runs.ts';
import { holdEstimate } from '../testing/hold-estimates.ts';

const executor = await executorOn('/usr/lib/chromium/vk_swiftshader_icd.json');
afterAll(() => executor?.dispose());

/** A quarter as fast as lavapipe: those of the others that differ most. */
const names: readonly (keyof typeof unlike)[] = ['longer rows', 'full fine-tuning', 'a classifier'];

describe.skipIf(executor === undefined)(
  'after one run of the example on SwiftShader, step and total time are known of',
  () => {
    it.each(names)('%s', { timeout: 900_000 }, (name) => holdEstimate(executor!, name));
  },
);
