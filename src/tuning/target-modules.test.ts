import { describe, expect, test } from 'vitest';
import { modelFromConfig } from '../models/registry.ts';
import adapted from './golden/adapted.json';
import { loraModules } from './lora.ts';
import type { TuningSettings } from './method.ts';
import { resolveTuning } from './resolve.ts';

interface Settings {
  readonly target_modules: string | readonly string[];
}

/** What PEFT raises on and is carried out here: it wraps DistilBERT's pre_classifier twice. */
const ownWay = (architecture: string, { target_modules: targets }: Settings): boolean =>
  architecture === 'DistilBertForSequenceClassification' && targets === 'all-linear';

describe.each(adapted)('$config.architectures.0', ({ config, settings, modules }) => {
  const { target_modules: targets, ...rest } = settings as Settings & Record<string, unknown>;
  const tuning = { method: 'lora', lora_target_modules: targets, ...rest } as TuningSettings;
  const model = modelFromConfig(config);

  test(`LoRA on ${JSON.stringify(settings)} takes the modules that PEFT takes`, () => {
    if (modules !== null) expect([...loraModules(model, tuning).keys()].sort()).toEqual(modules);
    else if (ownWay(config.architectures[0]!, settings as Settings)) {
      const { adapter } = resolveTuning(model, { ...tuning, modules_to_save: [] });
      expect([...adapter!.modules].some((path) => path.includes('classifier'))).toBe(false);
    } else expect(() => loraModules(model, tuning)).toThrow();
  });
});
