import { join, resolve } from 'node:path';
import { toAppError } from '../errors.ts';
import { removeLeftovers } from '../files/leftovers.ts';
import { saveBase } from '../files/run-base.ts';
import { makeAnsweringWith } from '../generation/answers.ts';
import { askHeldOutWith } from '../generation/held-out.ts';
import { otherBytes } from '../models/wrapper.ts';
import { percentText } from '../percent.ts';
import { taskOf } from '../tasks/registry.ts';
import { rowProblems } from '../tasks/row-problems.ts';
import { recipeKeys, valueAt, withValues } from '../training/config/recipes.ts';
import { parseRunConfig, type RunConfig, withSeed } from '../training/config/run-config.ts';
import type { Answers, StepMetrics, TrainingEvent } from '../training/run/events.ts';
import { createTraining, type Training } from '../training/run/trainer.ts';
import { openAdapter, otherSettings } from '../training/session/adapter-tuning.ts';
import { openRun } from '../training/session/fit-run.ts';
import { type OpenModel, openModel } from '../training/session/open-model.ts';
import { encodeAhead } from '../training/session/tokenise.ts';
import { parseArguments, required, wholeNumber } from './arguments.ts';
import { knowsNoBase, openBaseFiles } from './base-files.ts';
import { calibrations, deviceOf } from './cache-folder.ts';
import { findingLines, problemLines } from './data-words.ts';
import { createExecutor } from './executors.ts';
import { withGuessedColumns } from './guess-columns.ts';
import { judgeOf } from './judge.ts';
import { nodeDirectory } from './node-directory.ts';
import { nodeFiles } from './node-files.ts';
import { removeEarlierResults, requireOtherFolder, requireRunFolder } from './out-folder.ts';
import { bytesInWords, secondsInWords } from './print.ts';
import { carryOut, warningsInWords } from './recipe.ts';
import {
  baseName,
  moveConfig,
  openModelFiles,
  type RunSettings,
  readRunConfig,
  readRunSettings,
  resolvePath,
} from './run-files.ts';
import { lockRun } from './run-lock.ts';
import { materialInWords, readMaterial } from './run-material.ts';
import { writeResults } from './run-results.ts';
import { tokeniseProcess } from './tokenise.ts';
import { verdictLines } from './verdict.ts';

export const trainUsage = `studio train RUN.json [--out DIR] [--resume] [--stop-after N] [--executor NAME] [--quiet]
  Trains. DIR (default: the run config's output_directory) gets run.json, metrics.jsonl, checkpoints/ and adapter/
  (LoRA) or model/ (full fine-tuning).
  Of processes that name one DIR, one trains and the others are refused.
  --resume      go on from the newest checkpoint in DIR; without it what a run left in DIR is replaced
  --stop-after  stop, with a checkpoint, when N updates are done in all
  --executor    auto, webgpu, tfjs-webgpu, tfjs-wasm or tfjs-cpu, instead of the run config's
  ATELIER_JUDGE_KEY in the environment is a judge's key, sent only to the judge that ATELIER_JUDGE_ENDPOINT names too.
  Rows that should not be learned from as they are (no prompt, cut questions, …) are refused as the page does.
  Ctrl+C stops after the step under way and saves.`;

export async function train(argv: readonly string[]): Promise<void> {
  const { positionals, options } = parseArguments(argv, {
    out: 'text',
    resume: 'flag',
    'stop-after': 'text',
    executor: 'text',
    quiet: 'flag',
  });
  const runFile = required(positionals[0], 'RUN.json');
  const stopAfter =
    options['stop-after'] === undefined ? undefined : wholeNumber(options['stop-after'], '--stop-after', 1);
  const given = await chosenSettings(runFile, options.executor);
  const out = outputFolder(runFile, options.out, given.config);
  requireRunFolder(out, runFile, options.out !== undefined || options.resume === true);
  const release = lockRun(out);
  try {
    const run = nodeDirectory(out);
    await removeLeftovers(run, 'checkpoints');
    await trainIn(out, runFile, given, stopAfter, options);
  } finally {
    release();
  }
}

/** Trains in a folder that no other process writes to. */
async function trainIn(
  out: string,
  runFile: string,
  given: RunSettings,
  stopAfter: number | undefined,
  options: { readonly resume?: boolean | undefined; readonly quiet?: boolean | undefined },
): Promise<void> {
  const settings = options.resume ? await asSaved(out, given) : { ...given, config: withSeed(given.config) };
  const say = options.quiet ? () => {} : (line: string) => console.log(line);

  const { model } = settings.config;
  // Said to who asks for quiet, too: nothing else tells a wrong base.
  if (options.resume && knowsNoBase(out))
    console.error(
      '! The run does not say which files its base had (no base.json), so they cannot be checked: it goes on with these.',
    );
  const published = await openModel(
    options.resume ? await openBaseFiles(runFile, model, out) : await openModelFiles(runFile, model, 'all'),
  );
  const left = otherBytes(published.model, published.weights.tensors);
  if (left > 0) say(`! Not opened: parts for images or sound, ${bytesInWords(left)}. The text model alone is trained.`);
  const { open, config, ...data } = await readData(runFile, settings, published, say);
  const adapter = await initialAdapter(runFile, config, open);
  const executor = await createExecutor(config.environment.executor, (name, reason) => say(`${name}: ${reason}`));
  say(`${executor.name}: ${executor.description}`);
  try {
    const run = nodeDirectory(out);
    const kept = calibrations();
    let learned: Promise<void> | undefined;
    let cleared: Promise<void> | undefined;
    const clear = () => {
      const read = [config.model.llm_backbone, config.tuning.init_from].map((path) => resolvePath(runFile, path));
      return removeEarlierResults(out, training.tuning.adapter ? 'adapter' : 'model', read);
    };
    const training: Training = createTraining({
      executor,
      open,
      ...data,
      config: moveConfig(config, runFile, out),
      adapter,
      run,
      resume: options.resume ?? false,
      stopAfter,
      onEvent: (event) => {
        report(event, config, say);
        // It goes on: what it had come to before is its result no more.
        if (event.kind === 'phase' && /^(first-step|training)$/.test(event.phase)) cleared ??= clear();
        if (event.kind === 'times') learned = kept.learn(deviceOf(executor), event.times, executor.profile);
      },
    });
    if (adapter) continuedInWords(config, otherSettings(training.tuning, adapter)).forEach(say);
    problemLines(rowProblems(training.data, config)).forEach(say);
    findingLines(training.data.findings).forEach(say);
    say(batchesInWords(training));
    if (!training.tuning.adapter)
      requireOtherFolder(join(out, 'model'), resolvePath(runFile, config.model.llm_backbone));
    // No checkpoint and no result may ever lie beside the mark of another base.
    if (!options.resume) {
      await run.remove('checkpoints');
      await clear();
    }
    await saveBase(run, published.files);
    const finish = stopOnSignal(training, say);
    const outcome = await training
      .start()
      .finally(finish)
      .catch(async (thrown: unknown) => {
        // What could not be gone on from has come to nothing new, and is not to be resumed.
        if (toAppError(thrown).code !== 'checkpoint-invalid') (await verdictLines(run, training)).forEach(say);
        throw thrown;
      });
    await Promise.all([learned, cleared]);
    await writeResults(training, baseName(runFile, config.model.llm_backbone, published.files), run);
    training.dispose();
    (await verdictLines(run, training)).forEach(say);
    say(`${outcome.reason} at step ${outcome.step} of ${training.totalSteps}; seed ${config.environment.seed}`);
  } finally {
    executor.dispose();
  }
}

/** @throws AppError 'usage' where neither says it */
function outputFolder(runFile: string, option: string | undefined, { environment }: RunConfig): string {
  const { output_directory: configured } = environment;
  return option === undefined && configured !== ''
    ? resolvePath(runFile, configured)
    : resolve(required(option, '--out DIR'));
}

async function chosenSettings(runFile: string, executor: string | undefined): Promise<RunSettings> {
  const { config, written } = await readRunSettings(runFile);
  if (executor === undefined) return { config, written };
  return { config: parseRunConfig({ ...config, environment: { ...config.environment, executor } }), written };
}

/** A run that is resumed keeps the seed it drew and the settings that its recipe came to. */
async function asSaved(out: string, given: RunSettings): Promise<RunSettings> {
  const saved = await readRunConfig(join(out, 'run.json')).catch(() => undefined);
  if (!saved) return { ...given, config: withSeed(given.config) };
  const { environment } = given.config;
  const seed = environment.seed >= 0 ? environment.seed : saved.environment.seed;
  const config = withSeed({ ...given.config, environment: { ...environment, seed } });
  if (config.training.recipe === 'none') return { config, written: given.written };
  const values = Object.fromEntries(recipeKeys.map((key) => [key, valueAt(saved, key)]));
  const kept = Object.entries(values).filter(([key]) => !given.written.has(key));
  return { config: withValues(config, Object.fromEntries(kept)), written: new Set([...given.written, ...recipeKeys]) };
}

/**
 * What a run learns from, its model opened for that, and its settings; says what in the files is not as it should be.
 */
async function readData(runFile: string, settings: RunSettings, published: OpenModel, say: (line: string) => void) {
  const { guessed, ...whole } = await withGuessedColumns(runFile, settings, published.model.config);
  guessed.forEach(say);
  const material = await readMaterial(runFile, whole.config, published.files, published.model);
  const { config, recipe, facts } = carryOut(whole, material, published.model);
  if (recipe) say(recipe.text);
  materialInWords(material, config).forEach(say);
  const { open } = openRun(published, config, material);
  warningsInWords(config, open.model, facts).forEach(say);
  const judge = judgeOf(config);
  const encoded = await encodeAhead({ ...material, config, open }, tokeniseProcess);
  const answering = { makeAnswering: makeAnsweringWith(judge), askHeldOut: askHeldOutWith(judge) };
  return { ...material, open, config, encoded, ...answering };
}

export async function initialAdapter(runFile: string, { tuning }: RunConfig, open: OpenModel) {
  if (tuning.init_from === '') return undefined;
  return openAdapter(open, nodeFiles(resolvePath(runFile, tuning.init_from)));
}

/** The adapter that a run goes on from, and which of its settings the run config replaces. */
const continuedInWords = ({ tuning }: RunConfig, others: ReturnType<typeof otherSettings>): string[] => [
  `Continues ${tuning.init_from}`,
  ...others.map(({ key, adapter, run }) => `! ${key} is ${adapter} in the adapter; the run goes on with ${run}`),
];

/** How the rows became batches, and what share of them is padding. */
function batchesInWords({ config, data: { train } }: Training): string {
  const rows = `${config.training.batch_size} ${config.tokenizer.packing ? 'packed rows' : 'rows'}`;
  const { unit } = taskOf(config);
  if (unit !== 'tokens') return `${train.batchesPerEpoch} batches an epoch of ${config.training.batch_size} ${unit}`;
  const filled = `${percentText(train.fillRatio(), 0)} filled`;
  return `${train.batchesPerEpoch} batches an epoch of ${rows}, up to ${train.largestLength} tokens each, ${filled}`;
}

export function stopOnSignal(training: Pick<Training, 'stop'>, say: (line: string) => void): () => void {
  const stop = () => {
    say('Stopping after this step; once more to give up at once.');
    process.off('SIGINT', stop);
    training.stop();
  };
  process.on('SIGINT', stop);
  return () => process.off('SIGINT', stop);
}

function report(event: TrainingEvent, config: RunConfig, say: (line: string) => void): void {
  const { logging, model } = config;
  if (event.kind === 'phase' && event.detail === undefined) say(`· ${event.phase}`);
  if (event.kind === 'quantised') {
    say(`  frozen weights kept in ${model.weights}: off by ${percentText(event.error, 2)} (root mean square)`);
  }
  if (event.kind === 'evaluation') {
    say(`  step ${event.step}  validation loss ${event.loss.toFixed(4)}  ${scoresInWords(event)}`);
  }
  if (event.kind === 'forgetting') {
    const { step, divergence, perplexity, basePerplexity } = event;
    say(
      `  step ${step}  general texts: ${divergence.toFixed(4)} nats a token from the base, perplexity ` +
        `${perplexity.toFixed(3)} (base ${basePerplexity.toFixed(3)})`,
    );
  }
  if (event.kind === 'answers') reportAnswers(event, say);
  if (event.kind !== 'step' || event.metrics.step === 0) return;
  const { metrics, progress } = event;
  if (metrics.step % logging.logging_steps !== 0 && metrics.step !== progress.totalSteps) return;
  const left = progress.etaSeconds === null ? '' : `  ${secondsInWords(progress.etaSeconds)} left`;
  const { unit } = taskOf(config);
  const speed = progress.tokensPerSecond === 0 ? '' : `  ${progress.tokensPerSecond.toFixed(0)} ${unit}/s`;
  say(
    `  step ${metrics.step}/${progress.totalSteps}  loss ${metrics.loss.toFixed(4)}  ${measuredInWords(metrics)}` +
      `lr ${metrics.learningRate.toExponential(2)}  grad ${metrics.gradNorm.toFixed(3)}${speed}${left}`,
  );
}

const measuredInWords = ({ scores = {} }: Pick<StepMetrics, 'scores'>): string =>
  Object.entries<number | null>(scores)
    .filter(([name]) => /margins|accuracies/.test(name))
    .map(([name, value]) => `${name.replace('rewards/', '')} ${value?.toFixed(4) ?? '–'}  `)
    .join('');

function reportAnswers({ samples, score }: Answers, say: (line: string) => void): void {
  if (score) say(`  ${score.metric} ${score.value?.toFixed(3) ?? '–'}${score.note ? ` (${score.note})` : ''}`);
  for (const { prompt, base, tuned } of samples) {
    say(`  ? ${JSON.stringify(prompt)}`);
    say(`    base ${JSON.stringify(base)}  now ${JSON.stringify(tuned)}`);
  }
}

type Evaluated = Extract<TrainingEvent, { kind: 'evaluation' }>;

/** What an evaluation gives beside the loss. */
function scoresInWords({ perplexity, scores }: Evaluated): string {
  if (scores === undefined) return `perplexity ${perplexity.toFixed(3)}`;
  const words = Object.entries(scores).map(([name, value]) => `${name} ${value === null ? '–' : value.toFixed(4)}`);
  return words.join('  ');
}
