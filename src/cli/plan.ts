import { AppError, because, toAppError } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import { profiles } from '../plan/profile.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { openFor, plannedHead } from '../training/session/fit-run.ts';
import { openModel } from '../training/session/open-model.ts';
import { modelFromConfigAlone, planRun, type RunPlan } from '../training/session/plan-run.ts';
import { parseArguments, required } from './arguments.ts';
import { bytesInWords, countInWords, secondsInWords } from './print.ts';
import { isHubId, openModelFiles, readRunConfig } from './run-files.ts';

export const planUsage = `studio plan RUN.json [--json] [--profile portable|desktop]
  What a run costs: memory, arithmetic, dispatches of one optimizer step. Needs the model's config.json only;
  where a folder has the weights too, counts what they are.`;

export async function plan(argv: readonly string[]): Promise<void> {
  const { positionals, options } = parseArguments(argv, { json: 'flag', profile: 'text' });
  const runFile = required(positionals[0], 'RUN.json');
  const name = options.profile ?? 'desktop';
  if (!Object.hasOwn(profiles, name)) {
    throw new AppError('usage', { reason: `--profile must be ${Object.keys(profiles).join(' or ')}, not "${name}".` });
  }
  const profile = profiles[name as keyof typeof profiles];
  const config = await readRunConfig(runFile);
  const files = await openModelFiles(runFile, config.model, 'listed');
  const alone = await readConfigJson(files);
  const opened = isHubId(runFile, config.model.llm_backbone) ? undefined : await openWithWeights(files, config);
  const model = opened ?? modelFromConfigAlone(alone, config);
  const result = planRun(config, { ...model, profile });
  const sheet = costSheetJson(result, name);
  console.log(options.json ? JSON.stringify(sheet, null, 2) : costSheetText(result, name, profile.measured));
}

/** The model as its weights show it, such as with a head of its own that config.json denies; undefined without weights. */
async function openWithWeights(files: ModelFiles, config: RunConfig) {
  try {
    const open = await openModel(files);
    return openFor(open, plannedHead(config, open.model.config));
  } catch (thrown) {
    if (toAppError(thrown).code === 'file-missing') return undefined;
    throw thrown;
  }
}

async function readConfigJson(files: ModelFiles): Promise<unknown> {
  const text = await files.text('config.json');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('config-invalid', { reason: because`config.json is not valid JSON` }, { cause });
  }
}

/** The machine-readable sheet. Figures are of one optimizer step, all its micro-steps included. */
function costSheetJson(result: RunPlan, profile: string) {
  const { step, dispatchesByLayer } = result;
  const inLayers = dispatchesByLayer.reduce((sum, count) => sum + count, 0);
  return {
    profile,
    batchSize: result.batchSize,
    length: result.length,
    microStepsPerStep: result.microStepsPerStep,
    trainedParameters: result.trainedParameters,
    totalParameters: result.totalParameters,
    trainedPercent: result.trainedPercent,
    dispatchesPerStep: step.dispatches,
    /** Mean over the layers, of one micro-step. */
    dispatchesPerLayer: inLayers / dispatchesByLayer.length,
    dispatchesByLayer,
    submitsPerStep: step.submits,
    flops: step.flops,
    bytesMoved: step.bytesMoved,
    peakBytes: step.peakBytes,
    peakByKind: step.peakByKind,
    largestBinding: step.largestBinding,
    largestDispatchFlops: step.largestDispatchFlops,
    seconds: step.seconds,
  };
}

function costSheetText(result: RunPlan, profile: string, measured: boolean): string {
  const { step, trainedParameters, totalParameters, trainedPercent } = result;
  const sheet = costSheetJson(result, profile);
  const memory = Object.entries(step.peakByKind).filter(([, bytes]) => bytes > 0);
  const row = (name: string, value: string) => `  ${name.padEnd(24)}${value}`;
  return [
    `One optimizer step: ${result.microStepsPerStep} micro-step(s) of ${result.batchSize} × ${result.length} tokens`,
    row('trained', `${trainedParameters} of ${totalParameters} parameters (${trainedPercent.toFixed(2)} %)`),
    '',
    `Memory on the GPU, at its peak: ${bytesInWords(step.peakBytes)}`,
    ...memory.map(([kind, bytes]) => row(kind, bytesInWords(bytes))),
    row('largest binding', bytesInWords(step.largestBinding)),
    '',
    'Work',
    row('arithmetic', countInWords(step.flops, 'FLOP')),
    row('memory traffic', bytesInWords(step.bytesMoved)),
    row('dispatches', `${step.dispatches} (${sheet.dispatchesPerLayer.toFixed(1)} a layer) in ${step.submits} submits`),
    row('largest dispatch', countInWords(step.largestDispatchFlops, 'FLOP')),
    row('time', `${secondsInWords(step.seconds)} (${measured ? 'measured' : 'assumed'} rates of profile "${profile}")`),
  ].join('\n');
}
