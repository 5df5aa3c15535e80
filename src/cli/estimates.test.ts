import { afterAll, describe, it } from 'vitest';
import { executorOn, unlike } from '../testing/estimated-runs.ts';
import { holdEstimate } from '../testing/hold-estimates.ts';

type Name = keyof typeof unlike;

/** SwiftShader is a quarter as fast: there those of the others that differ most. */
const adapters: readonly (readonly [name: string, driver: string, runs: readonly Name[]])[] = [
  ['lavapipe', '/usr/share/vulkan/icd.d/lvp_icd.json', Object.keys(unlike) as Name[]],
  ['SwiftShader', '/usr/lib/chromium/vk_swiftshader_icd.json', ['longer rows', 'full fine-tuning', 'a classifier']],
];

/** Time is measured here, for minutes, which a machine with other work spoils: ATELIER_ALL_CASES=1 runs it. */
const asked = process.env.ATELIER_ALL_CASES === '1' ? adapters : [];

describe.skipIf(asked.length === 0)('after one run of the example, step and total time are known', async () => {
  for (const [adapter, driver, names] of asked) {
    const executor = await executorOn(driver);
    afterAll(() => executor?.dispose());
    it.skipIf(executor === undefined).each(names)(`on ${adapter}, of %s`, { timeout: 900_000 }, (name) =>
      holdEstimate(executor!, name),
    );
  }
  it.skipIf(asked.length > 0)('with ATELIER_ALL_CASES=1', () => {});
});
