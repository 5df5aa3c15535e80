import { baseNameOf } from '../../exports/base-name.ts';
import { tuningAsCode } from '../../exports/code.ts';
import { isOpenedFor } from '../../models/opened-for.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import { runTime } from '../../training/session/run-time.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { modelSummary } from '../models/model-summary.ts';
import type { Preparation } from '../runs/preparation.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { tuningPreview } from './preview.ts';
import { selectNames } from './selection.ts';

type TuningHandlers = Pick<Handlers, 'select' | 'previewTuning' | 'estimate' | 'asCode'>;

/** What is trained and what it costs, before it is chosen: computed from graphs and plans, never from rules of thumb. */
export function tuningHandlers(workshop: Workshop, { fitTo, rowsFor, planner }: Preparation): TuningHandlers {
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
      const rows = workshop.table && rowsFor(fitted, checked);
      const { executor } = checked.environment;
      const profile = await workshop.executors.profile(executor);
      const plan = planner.plan(checked, fitted.opened.open, profile, rows?.data?.train.largestLength);
      const timed = rows?.data ? { ...rows, data: rows.data } : undefined;
      const time = runTime(plan, checked, profile, timed, await workshop.executors.compiled(executor));
      const { trainedParameters, totalParameters, step, memory, recomputed } = plan;
      return { trainedParameters, totalParameters, step, time, memory, recomputesLayers: recomputed === 'blocks' };
    },

    async asCode({ config }) {
      const checked = parseRunConfig(config);
      const { open, source, name } = fitTo(checked).opened;
      const base = baseNameOf(open.files, source.kind === 'hub' ? source.id : name);
      const tuning = resolveTuning(open.model, checked.tuning, checked.training.learning_rate);
      return { code: tuningAsCode({ model: open.model, baseName: base, tuning }, checked) };
    },
  };
}
