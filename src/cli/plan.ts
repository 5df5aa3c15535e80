import { AppError, because, toAppError } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import { percentText } from '../percent.ts';
import { type DeviceProfile, profiles } from '../plan/profile.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { openFor, plannedHead } from '../training/session/fit-run.ts';
import { openModel } from '../training/session/open-model.ts';
import { type PlanDetails, planDetails } from '../training/session/plan-details.ts';
import { modelFromConfigAlone, planRun, type RunPlan } from '../training/session/plan-run.ts';
import { parseArguments, required } from './arguments.ts';
import { measuredHere } from './cache-folder.ts';
import { withGuessedColumns } from './guess-columns.ts';
import { bytesInWords, countInWords, secondsInWords } from './print.ts';
import { type CarriedOut, carryOutFrom, warningsInWords } from './recipe.ts';
import { isHubId, openModelFiles, readRunSettings } from './run-files.ts';

export const planUsage = `studio plan RUN.json [--json] [--profile portable|desktop]
  What a run costs: memory, arithmetic, dispatches of one optimizer step, and which of them leave a GPU mostly idle; with
  --json each kind of dispatch, and the least that any plan could take. Needs the model's config.json only;
  where a folder has the weights too, counts what they are. Time follows from the runs made on this computer, unless a
  profile is named. With training.recipe it reads the rows and says what the recipe comes to;
  where the run config names no columns, they are guessed, and the guess is said. Ends with 1 where the rows are there
  and cannot be learned from.`;

export async function plan(argv: readonly string[]): Promise<void> {
  const { positionals, options } = parseArguments(argv, { json: 'flag', profile: 'text' });
  const runFile = required(positionals[0], 'RUN.json');
  const name = options.profile ?? 'desktop';
  if (!Object.hasOwn(profiles, name)) {
    throw new AppError('usage', { reason: `--profile must be ${Object.keys(profiles).join(' or ')}, not "${name}".` });
  }
  const read = await readRunSettings(runFile);
  const named = profiles[name as keyof typeof profiles];
  // A profile that is asked for by name is another device than this computer's.
  const here = options.profile === undefined ? await measuredHere(read.config.environment.executor) : undefined;
  const profile: DeviceProfile = here ? { ...named, calibration: here.calibration } : named;
  const files = await openModelFiles(runFile, read.config.model, 'listed');
  const alone = await readConfigJson(files);
  // Only a recipe needs the rows.
  const { guessed, ...given } =
    read.config.training.recipe === 'none' ? { ...read, guessed: [] } : await withGuessedColumns(runFile, read, alone);
  const isOnHub = isHubId(runFile, given.config.model.llm_backbone);
  const opened = isOnHub ? undefined : await openWithWeights(files, given.config);
  const model = opened ?? modelFromConfigAlone(alone, given.config);
  const carried = await carryOutFrom(runFile, given, files, model.model);
  const { config, recipe, facts } = carried;
  const warnings = warningsInWords(config, model.model, facts);
  const result = planRun(config, { ...model, profile });
  const details = planDetails(config, result, { ...model, profile });
  if (options.json) {
    const sheet = { ...costSheetJson(result, name, here?.device), ...details };
    const said = { recipe, guessed, warnings: warnings.map((line) => line.slice(2)) };
    console.log(JSON.stringify({ ...said, ...sheet }, null, 2));
  } else {
    const before = [...guessed, ...recipeLines(carried), ...warnings];
    console.log([...before, costSheetText(result, name, here?.device), ...emptyInWords(details)].join('\n'));
  }
  if (carried.error) throw carried.error;
}

/** Dispatches that a GPU as the profile assumes it would mostly sit idle through. */
const emptyInWords = ({ underfilled }: PlanDetails): string[] =>
  underfilled.length === 0
    ? []
    : [
        '',
        'Dispatches that leave the GPU under a quarter full',
        ...underfilled.map(
          ({ kind, dispatches, threads, chain }) =>
            `  ${dispatches} × ${kind}: ${threads} threads, ${chain} steps each`,
        ),
      ];

const recipeLines = ({ recipe }: CarriedOut): string[] => (recipe ? [recipe.text, ''] : []);

const timeBasis = (profile: string, measuredOn: string | undefined): string =>
  measuredOn === undefined
    ? `assumed of profile "${profile}", not measured here; a training run measures it`
    : `from runs on this computer: ${measuredOn}`;

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
function costSheetJson(result: RunPlan, profile: string, measuredOn?: string) {
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
    /** The device of the runs that the seconds follow from; null where they are assumed. */
    measuredOn: measuredOn ?? null,
  };
}

function costSheetText(result: RunPlan, profile: string, measuredOn?: string): string {
  const { step, trainedParameters, totalParameters, trainedPercent } = result;
  const sheet = costSheetJson(result, profile);
  const memory = Object.entries(step.peakByKind).filter(([, bytes]) => bytes > 0);
  const row = (name: string, value: string) => `  ${name.padEnd(24)}${value}`;
  return [
    `One optimizer step: ${result.microStepsPerStep} micro-step(s) of ${result.batchSize} × ${result.length} tokens`,
    row('trained', `${trainedParameters} of ${totalParameters} parameters (${percentText(trainedPercent / 100, 2)})`),
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
    row('time', `${secondsInWords(step.seconds)} (${timeBasis(profile, measuredOn)})`),
  ].join('\n');
}
