import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { supportedModelTypes } from '../../models/registry.ts';
import { textConfig } from '../../models/wrapper.ts';
import { classifierCases, goldenCase, goldenCases } from '../../testing/golden-case.ts';

const page = readFileSync(new URL('../../../docs/architectures.md', import.meta.url), 'utf8');

/** [model_type, LoRA case, case of full fine-tuning] of each row. */
const rows = [...page.matchAll(/^\| `([\w-]+)` \|[^|]*\| (\S+) \| (\S+) \|$/gm)].map(
  (match) => match.slice(1) as [string, string, string],
);

describe('docs/architectures.md', () => {
  test('lists every type that can be opened, and no other', () => {
    expect(rows.map(([type]) => type)).toEqual(supportedModelTypes);
  });

  test.each(rows)('names tests of %s that there are', async (modelType, lora, full) => {
    expect([...goldenCases, ...classifierCases]).toEqual(expect.arrayContaining([lora, full]));
    const cases = await Promise.all([goldenCase(lora), goldenCase(full)]);
    // A model for several kinds of input trains the layers of its text model, and may share cases with it.
    const types = cases.map(({ model }) => String(textConfig(model).model_type));
    expect(new Set(types).size).toBe(1);
    expect([...types, ...cases.map(({ model }) => model.modelType)]).toContain(modelType);
    expect(cases.map(({ config }) => config.tuning.method)).toEqual(['lora', 'full']);
  });
});
