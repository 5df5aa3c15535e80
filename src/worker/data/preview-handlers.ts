import { parseRunConfig } from '../../training/config/run-config.ts';
import type { Preparation } from '../runs/preparation.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { dataPreview } from './preview.ts';

/** The rows as a run would meet them. */
export function previewHandlers(
  workshop: Workshop,
  { fitTo, rowsFor, measured }: Preparation,
): Pick<Handlers, 'previewData' | 'measureRows'> {
  return {
    measureRows: async ({ config }) => ({ facts: measured(parseRunConfig(config)) }),

    async previewData({ config }) {
      const checked = parseRunConfig(config);
      const fitted = fitTo(checked);
      return dataPreview(fitted, workshop.requireTable(), checked, rowsFor(fitted, checked));
    },
  };
}
