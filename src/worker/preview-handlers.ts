import { tuningAsCode } from '../exports/code.ts';
import { isOpenedFor } from '../models/opened-for.ts';
import { parseRunConfig, type RunConfig } from '../training/config/run-config.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { costEstimator } from './cost-estimate.ts';
import { rowsPreparer } from './data/prepared-rows.ts';
import { dataPreview } from './data/preview.ts';
import type { FittedModel } from './models/fitted-model.ts';
import { modelSummary } from './models/model-summary.ts';
import type { Handlers } from './serve.ts';
import { tuningPreview } from './tuning/preview.ts';
import { selectNames } from './tuning/selection.ts';
import type { Workshop } from './workshop.ts';

type Previews = Pick<Handlers, 'select' | 'previewTuning' | 'estimate' | 'asCode' | 'previewData'>;

/** What a choice comes to, before it is made: computed from graphs, plans and tokens, never from rules of thumb. */
export function previewHandlers(workshop: Workshop, fitTo: (config: RunConfig) => FittedModel): Previews {
  const preparedFor = rowsPreparer(workshop);
  const costs = costEstimator();
  return {
    select: async ({ selector, config }) => ({ names: selectNames(fitTo(parseRunConfig(config)).opened, selector) }),

    async previewTuning({ config, shown }) {
      const checked = parseRunConfig(config);
      const { opened } = fitTo(checked);
      const model = isOpenedFor(opened.open.model, shown) ? null : modelSummary(opened);
      return { ...tuningPreview(opened, checked), model };
    },

    async estimate({ config }) {
      const checked = parseRunConfig(config);
      const fitted = fitTo(checked);
      const { opened } = fitted;
      const { data } = workshop.table ? preparedFor(fitted, checked) : { data: null };
      const profile = await workshop.executors.profile(checked.environment.executor);
      return costs.estimate(checked, opened.open, profile, data?.train.largestLength);
    },

    async asCode({ config }) {
      const checked = parseRunConfig(config);
      const { open, source, name } = fitTo(checked).opened;
      const base = source.kind === 'hub' ? source.id : name;
      const tuning = resolveTuning(open.model, checked.tuning, checked.training.learning_rate);
      return { code: tuningAsCode({ model: open.model, baseName: base, tuning }, checked) };
    },

    async previewData({ config }) {
      const checked = parseRunConfig(config);
      const fitted = fitTo(checked);
      return dataPreview(fitted, workshop.requireTable(), checked, preparedFor(fitted, checked));
    },
  };
}
