import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { loadModel } from './load-model.ts';
import { modelSummary } from './model-summary.ts';

/** Opening a model. The one that was open stays so until the new one is there. */
export function modelHandlers(workshop: Workshop): Pick<Handlers, 'openModel'> {
  return {
    async openModel({ source }) {
      const download = new AbortController();
      workshop.download = download;
      const opened = await loadModel(workshop, source, download.signal);
      workshop.model = opened;
      workshop.adapter = null;
      return modelSummary(opened);
    },
  };
}
