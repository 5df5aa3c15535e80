import { describe, expect, test } from 'vitest';
import forward from '../models/golden/forward.json';
import { modelFromConfig, supportedModelTypes } from '../models/registry.ts';
import adapted from './golden/adapted.json';
import defaults from './golden/defaults.json';
import { loraModules } from './lora.ts';
import type { TuningSettings } from './method.ts';
import { resolveTuning } from './resolve.ts';
import { feedforwardDefaults, ia3Defaults, loraDefaults, targetNames, veraDefaults } from './target-modules.ts';

interface Settings {
  readonly target_modules: string | readonly string[];
  readonly modules_to_save?: readonly string[];
}

/** What PEFT raises on and is carried out here: it wraps DistilBERT's pre_classifier twice, and ALBERT's ffn_output for `output`. */
const ownWay = (architecture: string, { target_modules: targets, modules_to_save: saved = [] }: Settings): boolean =>
  targets === 'all-linear' &&
  (architecture === 'DistilBertForSequenceClassification' ||
    (architecture === 'AlbertForSequenceClassification' && saved.includes('output')));

/** DeBERTa's pooler is new in a bare model: here it is trained whole, where PEFT would adapt what it then does not save. */
const isNew = (path: string): boolean => path === 'pooler.dense';

describe.each(adapted)('$config.architectures.0', ({ config, settings, modules }) => {
  const { target_modules: targets, ...rest } = settings as Settings & Record<string, unknown>;
  const tuning = { method: 'lora', lora_target_modules: targets, ...rest } as TuningSettings;
  const model = modelFromConfig(config);

  test(`LoRA on ${JSON.stringify(settings)} takes the modules that PEFT takes`, () => {
    if (modules !== null)
      expect([...loraModules(model, tuning).keys()].sort()).toEqual(modules.filter((path) => !isNew(path)));
    else if (ownWay(config.architectures[0]!, settings as Settings)) {
      const { adapter } = resolveTuning(model, { ...tuning, modules_to_save: [] });
      expect([...adapter!.modules].some((path) => path.includes('classifier'))).toBe(false);
    } else expect(() => loraModules(model, tuning)).toThrow();
  });
});

test('the modules that PEFT adapts are recorded of every architecture', () => {
  const recorded = new Set(adapted.map(({ config }) => config.model_type));
  expect([...recorded].sort()).toEqual([...supportedModelTypes].sort());
});

test('the modules that are taken where none are named are those of PEFT', () => {
  expect({ lora: loraDefaults, vera: veraDefaults, ia3: ia3Defaults, feedforward: feedforwardDefaults }).toEqual(
    defaults,
  );
});

test('a module of a list is named with the list’s name before its number, which would mean layers too', () => {
  const model = modelFromConfig(forward.find((each) => each.case === 'gemma3n_text')!.config);
  const names = targetNames(
    model,
    new Set(loraModules(model, { method: 'lora', lora_target_modules: 'all-linear' }).keys()),
  );
  expect(names).toEqual(expect.arrayContaining(['altup_projections.0', 'altup_unembed_projections.1', 'q_proj']));
  expect(names.filter((name) => /^\d+$/.test(name))).toEqual([]);
});
