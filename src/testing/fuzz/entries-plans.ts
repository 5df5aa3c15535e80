import * as v from 'valibot';
import forward from '../../models/golden/forward.json';
import { desktop, portable } from '../../plan/profile.ts';
import { readConfigText } from '../../training/config/config-files/read.ts';
import { type Setting, settings } from '../../training/config/run-config.ts';
import { modelFromConfigAlone, planRun } from '../../training/session/plan-run.ts';
import { tinyLlama } from '../tiny-llama.ts';
import type { Entry } from './entries.ts';
import { mutateJson, oneOf, type Random } from './mutate.ts';

const resnet = { architecture: 'resnet18', num_classes: 3, pretrained_cfg: { input_size: [3, 32, 32] } };
const quantisable = { ...tinyLlama, hidden_size: 64, intermediate_size: 128 };
const models: readonly unknown[] = [tinyLlama, quantisable, resnet, ...forward.map(({ config }) => config)];
const profiles = [portable, desktop, { ...desktop, memoryBudget: 2 ** 20 }];

/** Where bounds of settings are, where they would be, and beyond. */
const numbers = [
  ...[-1, 0, 1e-20, 0.01, 0.5, 0.99, 1, 2, 3, 7, 8, 64, 255, 256, 1000, 4096, 16384, 65536, 131072],
  ...[1e6, 1e9, 2 ** 31 - 1, 2 ** 32 - 1, 2 ** 53, 1e300],
];
const names = ['', 'q_proj', 'down_proj', 'all-linear', 'model.layers.1', '.*(q|v)_proj', '(a+)+$', 'embed_tokens'];
const selectors = [
  ...[{ contains: 'layers' }, { regex: '(\\w+)*x' }, { glob: '*' }, { random: 50, seed: 1 }, 'lm_head.weight'],
  ...[{ input_embedding: true }, { freeze_first_layers: 1 }],
];

/** Values of each setting: those that it takes, and those that it does not. */
function candidates({ kind, form, choices }: Setting<unknown>): readonly unknown[] {
  if (kind === 'number') return [...numbers, ...(form ?? [])];
  if (kind === 'choice') return choices!;
  if (kind === 'switch') return [true, false];
  const lists = names.map((name) => [name]);
  if (kind !== 'other') return [...names, ...lists];
  const patterns = [1, 64, 1e9].map((number) => ({ '.*(q|v)_proj': number }));
  return [...names, ...lists, ...selectors.map((selector) => [selector]), selectors, [0], [1, 1e9], ...patterns];
}

const known = Object.entries(settings).flatMap(([section, keys]) =>
  Object.entries<Setting<unknown>>(keys).map(([key, setting]) => {
    const all = candidates(setting);
    return { section, key, all, taken: all.filter((value) => v.is(setting.schema, value)) };
  }),
);

/** The file of a run with one to eight settings of its own. */
function settingsOf(random: Random): unknown {
  const file: Record<string, Record<string, unknown>> = {
    tuning: { method: oneOf(random, settings.tuning.method.choices!) },
  };
  for (let times = 1 + Math.floor(random() * 8); times > 0; times--) {
    const { section, key, all, taken } = oneOf(random, known);
    file[section] = { ...file[section], [key]: oneOf(random, random() < 0.03 ? all : taken) };
  }
  return random() < 0.1 ? mutateJson(random, file) : file;
}

export function entries(): readonly Entry[] {
  return [
    {
      name: 'run-plan',
      input(random) {
        const text = JSON.stringify(settingsOf(random)) ?? 'null';
        const [model, profile] = [oneOf(random, models), oneOf(random, profiles)];
        return {
          size: text.length,
          async run() {
            const { config } = await readConfigText(text, 'run.json');
            planRun(config, { ...modelFromConfigAlone(model, config), profile });
          },
        };
      },
    },
  ];
}
