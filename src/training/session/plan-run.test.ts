import { expect, test } from 'vitest';
import classifiers from '../../models/golden/classifiers.json';
import forward from '../../models/golden/forward.json';
import { desktop } from '../../plan/profile.ts';
import { parseRunConfig } from '../config/run-config.ts';
import { modelFromConfigAlone, planRun } from './plan-run.ts';

const resnet = {
  case: 'resnet18',
  config: { architecture: 'resnet18', num_classes: 3, pretrained_cfg: { input_size: [3, 32, 32] } },
};

const encoders = classifiers.filter(({ config: { model_type } }) =>
  ['bert', 'albert', 'modernbert'].includes(model_type),
);

test.each([...forward, ...encoders, resnet])(
  'the sheet of $case counts dispatches in each of its layers',
  ({ config }) => {
    const run = parseRunConfig({ tuning: { method: 'full' }, tokenizer: { max_length: 8 } });
    const { model, dtypes } = modelFromConfigAlone(config);
    const { dispatchesByLayer, step } = planRun(run, { model, dtypes, profile: desktop });
    expect(dispatchesByLayer).toHaveLength(model.layers.length);
    expect(Math.min(...dispatchesByLayer)).toBeGreaterThan(5);
    expect(dispatchesByLayer.reduce((sum, count) => sum + count, 0)).toBeLessThan(step.dispatches);
  },
);
