import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { refusedTypes } from './refused-types.ts';
import { modelFromConfig, supportedModelTypes } from './registry.ts';

/** What people bring beside what they always brought, apart from models for pictures. */
const brought = [
  ...['modernbert', 'gemma3', 'granitemoehybrid', 'lfm2', 'deberta-v2', 'electra', 'mpnet', 'camembert', 'albert'],
  ...[
    'olmo3',
    'exaone4',
    'ernie4_5',
    'hunyuan_v1_dense',
    'ministral3',
    'mistral3',
    'gemma4',
    'gemma3n',
    'qwen3_5',
    'qwen3_5_text',
  ],
  ...['qwen3_moe', 'olmoe', 'granitemoe', 'lfm2_moe'],
];

test('each type that people bring is opened or refused by name, never both', () => {
  for (const type of brought) expect([...supportedModelTypes, ...Object.keys(refusedTypes)]).toContain(type);
  expect(supportedModelTypes.filter((type) => type in refusedTypes)).toEqual([]);
});

test.each(Object.entries(refusedTypes))('%s is refused with the reason and the nearest type', (modelType, refused) => {
  expect(supportedModelTypes).toContain(refused.nearest);
  expect(() => modelFromConfig({ model_type: modelType })).toThrow(
    `${refused.reason.text}. Choose a model of type ${refused.nearest},`,
  );
});

test('docs/architectures.md lists the same types with the same reasons', () => {
  const document = readFileSync(new URL('../../docs/architectures.md', import.meta.url), 'utf8');
  const [, section] = document.split('## Types that are refused');
  const rows = [...section!.matchAll(/^\| `([^`]+)` \| ([^|]+) \| `([^`]+)` \|$/gm)].map(([, ...cells]) => cells);
  expect(rows).toEqual(Object.entries(refusedTypes).map(([type, { reason, nearest }]) => [type, reason.text, nearest]));
});
