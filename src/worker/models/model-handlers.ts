import { AppError } from '../../errors.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { loadModel } from './load-model.ts';
import { modelSummary } from './model-summary.ts';

/** Opening a model. The one that was open stays so until the new one is there; of two on their way the later counts. */
export function modelHandlers(workshop: Workshop): Pick<Handlers, 'openModel'> {
  return {
    async openModel({ source }) {
      workshop.download?.abort(new AppError('hub-cancelled'));
      const download = new AbortController();
      workshop.download = download;
      const loading = loadModel(workshop, source, download.signal);
      workshop.opening = Promise.allSettled([loading]);
      const opened = await loading;
      // Otherwise it was broken off after its last byte came, or another is on its way.
      if (workshop.download === download) Object.assign(workshop, { model: opened, adapter: null });
      return modelSummary(opened);
    },
  };
}
