import { AppError } from '../errors.ts';
import type { ServerKey } from '../generation/chat-server.ts';
import { allowRequests } from './allowed-requests.ts';
import type { Publishing } from './publish/messages.ts';
import { emitterFor, type PagePort, serve } from './serve.ts';
import { trustOwnScripts } from './trusted-scripts.ts';
import { Workshop } from './workshop.ts';

declare const __PUBLISHING__: Publishing | null;

allowRequests(self);
// TensorFlow.js makes its threads of blobs.
trustOwnScripts(self, { blobs: true });
const port = self as unknown as PagePort;
const workshop = new Workshop(emitterFor(port));

const start = once(async () => ({
  environment: () => workshop.executors.environment(),
  setJudgeKey: async (key: ServerKey) => {
    workshop.judgeKey = key;
    return {};
  },
  watch: async ({ watched }: { watched: boolean }) => {
    workshop.watch(watched);
    return {};
  },
  setMemoryBudget: ({ bytes }: { bytes: number | null }) => workshop.executors.setMemoryBudget(bytes),
}));
const history = once(async () => (await import('./runs/history-handlers.ts')).historyHandlers(workshop));
const config = once(async () => (await import('./runs/config-handlers.ts')).configHandlers());
const model = once(async () => (await import('./models/model-handlers.ts')).modelHandlers(workshop));
const data = once(async () => (await import('./data/data-handlers.ts')).dataHandlers(workshop));
const preparing = once(async () => (await import('./runs/preparation.ts')).createPreparation(workshop));
const adapter = once(async () =>
  (await import('./models/adapter-handlers.ts')).adapterHandlers(workshop, await preparing()),
);
const cache = once(async () => (await import('./models/cache-handlers.ts')).cacheHandlers(workshop));
const hub = once(async () => (await import('./models/hub-handlers.ts')).hubHandlers(workshop));
const tuning = once(async () =>
  (await import('./tuning/tuning-handlers.ts')).tuningHandlers(workshop, await preparing()),
);
const preview = once(async () =>
  (await import('./data/preview-handlers.ts')).previewHandlers(workshop, await preparing()),
);
const run = once(async () => (await import('./runs/run-handlers.ts')).runHandlers(workshop, await preparing()));
const sweep = once(async () => (await import('./sweeps/sweep-handlers.ts')).sweepHandlers(workshop, await preparing()));
const keep = once(async () => (await import('./results/keep-handlers.ts')).keepHandlers(workshop));
const share = once(async () => (await import('./results/share-handlers.ts')).shareHandlers(workshop));
// Where publishing is not built in, nothing of it is: the page has no word that asks for it.
const publish = once(async () => {
  if (__PUBLISHING__ === null) throw new AppError('internal', { reason: 'publishing is not built in' });
  return (await import('./publish/publish-handlers.ts')).publishHandlers(workshop);
});
const warm = once(async () => (await import('./runs/warm-handlers.ts')).warmHandlers(workshop, await preparing()));
const examples = once(async () => (await import('./examples/example-handlers.ts')).exampleHandlers(workshop));
const made = once(async () => (await import('./made/made-handlers.ts')).madeHandlers(workshop));
const chat = once(async () => (await import('./chat/chat-handlers.ts')).chatHandlers(workshop));

serve(port, {
  environment: start,
  setMemoryBudget: start,
  watch: start,
  listRuns: history,
  readRun: history,
  keepRunsIn: history,
  runSources: history,
  openModel: model,
  openData: data,
  readAgain: data,
  tableRow: data,
  listDataset: data,
  keepTable: data,
  forgetSetup: data,
  keptExamples: examples,
  lookAtExamples: examples,
  lookAtRow: examples,
  findTeachers: examples,
  stopExamples: examples,
  makeRows: made,
  stopMaking: made,
  withMadeRows: made,
  withoutMadeRows: made,
  reviewFile: made,
  tableFile: made,
  exampleConfig: config,
  readConfig: config,
  readGeneralTexts: config,
  writeConfig: config,
  searchModels: hub,
  shelvedModels: hub,
  estimateShelved: hub,
  estimateHubModel: hub,
  inspectModel: hub,
  stopDownload: hub,
  openAdapter: adapter,
  openHubAdapter: adapter,
  openRunAdapter: adapter,
  cachedModels: cache,
  removeCachedModel: cache,
  select: tuning,
  previewTuning: tuning,
  estimate: tuning,
  asCode: tuning,
  measureRows: preview,
  previewData: preview,
  warmUp: warm,
  startRun: run,
  startAgain: run,
  resumeRun: run,
  pauseRun: run,
  continueRun: run,
  stopRun: run,
  deleteRun: run,
  priceSweep: sweep,
  startSweep: sweep,
  resumeSweep: sweep,
  pauseSweep: sweep,
  listSweeps: sweep,
  deleteSweep: sweep,
  readSweepFile: sweep,
  writeSweepFile: sweep,
  exportOffers: keep,
  download: keep,
  preparePublication: publish,
  unfinishedPublication: publish,
  publish,
  stopPublishing: publish,
  discardPublication: publish,
  signInAddress: publish,
  signIn: publish,
  renameRun: keep,
  importRun: keep,
  shareRun: share,
  openShared: share,
  identify: share,
  benchmark: chat,
  askBlind: chat,
  chooseBlind: chat,
  readChoices: chat,
  answerValidation: chat,
  suggestPrompts: chat,
  setJudgeKey: start,
  chat,
  classifyPicture: chat,
  classify: chat,
  stopChat: chat,
});

/** Loads a part of the worker when it is first asked for; one that did not come is asked for again the next time. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | null = null;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = null;
      throw error;
    });
    return loaded;
  };
}
