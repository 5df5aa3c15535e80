import { afterAll, describe, it } from 'vitest';
import { executorOn, unlike } from '../testing/estimated-runs.ts';
import { holdEstimate } from '../testing/hold-estimates.ts';

const executor = await executorOn('/usr/share/vulkan/icd.d/lvp_icd.json');
afterAll(() => executor?.dispose());

describe.skipIf(executor === undefined)(
  'after one run of the example on lavapipe, step and total time are known of',
  () => {
    it.each(Object.keys(unlike) as (keyof typeof unlike)[])('%s', (name) => holdEstimate(executor!, name));
  },
);
