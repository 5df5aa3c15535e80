import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AppError } from '../errors.ts';
import { parseRunConfig } from '../training/config/run-config.ts';
import { planTeaching, rowInfluences } from '../training/results/examples/influence.ts';
import { rowLosses, rowsNumbered, tokenLosses } from '../training/results/examples/losses.ts';
import { keptRows } from '../training/results/examples/open.ts';
import { influenceTable, lossTable, type RowLoss, tokenTable } from '../training/results/examples/table.ts';
import { resultOf, resultStep } from '../training/results/kept-result.ts';
import { createModelSession } from '../training/session/model-session.ts';
import { openModel, openTokenizer } from '../training/session/open-model.ts';
import { parseArguments, required, wholeNumber } from './arguments.ts';
import { openBaseFiles } from './base-files.ts';
import { createExecutor } from './executors.ts';
import { nodeDirectory } from './node-directory.ts';
import { secondsInWords } from './print.ts';
import { readRunSettings } from './run-files.ts';
import { readMaterial } from './run-material.ts';

export const examplesUsage = `studio examples RUN [--row N | --teach N [--rows M]] [--out FILE.csv] [--executor NAME]
  The loss of every row of a run before training and after, of the folder that "studio train" made (docs/examples.md); the
  highest after training are shown, and rows that repeat or contradict each other.
  --row N       instead, the loss of each token of the row with this number in its file
  --teach N     instead, the training rows that taught this row most, by products of gradients at the checkpoints kept
                (TracIn); what it takes is said before it starts
  --rows M      of --teach: at most so many training rows, spread over all
  --out         what was found of every row or token, as CSV
  --executor    auto, webgpu, tfjs-webgpu, tfjs-wasm or tfjs-cpu, instead of the run's`;

/** Rows that are shown of each kind. */
const shown = 10;

export async function examples(argv: readonly string[]): Promise<void> {
  const { positionals, options } = parseArguments(argv, {
    row: 'text',
    teach: 'text',
    rows: 'text',
    out: 'text',
    executor: 'text',
  });
  const run = required(positionals[0], 'RUN');
  const usage = (reason: string) => new AppError('usage', { reason });
  if (options.row !== undefined && options.teach !== undefined)
    throw usage('--row and --teach are two questions: give one of them.');
  if (options.rows !== undefined && options.teach === undefined) throw usage('--rows goes with --teach.');
  const number = (name: 'row' | 'teach' | 'rows') =>
    options[name] === undefined ? undefined : wholeNumber(options[name], `--${name}`, 1);
  const [row, taught, most] = [number('row'), number('teach'), number('rows')];
  const opened = await openRunOf(run, options.executor);
  try {
    const csv =
      taught !== undefined
        ? await teach(opened, taught, most)
        : row !== undefined
          ? await tokens(opened, row)
          : await losses(opened);
    if (options.out !== undefined) await writeFile(options.out, csv);
  } finally {
    opened.dispose();
  }
}

type Opened = Awaited<ReturnType<typeof openRunOf>>;

async function openRunOf(run: string, executorName: string | undefined) {
  const runFile = resolve(run, 'run.json');
  const { config } = await readRunSettings(runFile);
  const published = await openModel(await openBaseFiles(runFile, config.model, run));
  const material = await readMaterial(runFile, config, published.files, published.model);
  const folder = nodeDirectory(resolve(run));
  const kept = await keptRows(folder, config, published, material);
  const { values } = await resultOf(kept.open.model, config, folder, null);
  const chosen = parseRunConfig({
    ...config,
    environment: { ...config.environment, executor: executorName ?? config.environment.executor },
  });
  const executor = await createExecutor(chosen.environment.executor);
  const session = createModelSession({
    ...{ executor, open: kept.open, tuning: kept.tuning, values, weights: config.model.weights },
    seed: config.environment.seed,
  });
  return {
    ...kept,
    session,
    tokenizer: await openTokenizer(published.files),
    dispose() {
      session.dispose();
      executor.dispose();
    },
  };
}

/** @throws AppError 'example-missing' */
function rowNumbered({ data }: Opened, number: number) {
  const [row] = rowsNumbered(data, number);
  if (!row) throw new AppError('example-missing', { row: number });
  return row;
}

async function losses({ session, data }: Opened): Promise<string> {
  const rows = (await rowLosses(session, data))!;
  const worst = rows.toSorted((a, b) => b.after - a.after).slice(0, shown);
  const doubtful = (doubt: RowLoss['doubts'][number]) => rows.filter(({ doubts }) => doubts.includes(doubt));
  console.log('     row  split     tokens    before     after');
  for (const each of worst) console.log(inWords(each));
  for (const [doubt, words] of [
    ['repeated', 'stand more than once'],
    ['contradicts', 'are asked alike and answered otherwise'],
  ] as const) {
    const found = doubtful(doubt);
    const numbers = found.slice(0, shown).map(({ row }) => row);
    if (found.length > 0)
      console.log(`${found.length} rows ${words}: ${numbers.join(', ')}${found.length > shown ? ', …' : ''}`);
  }
  return lossTable(rows);
}

const inWords = ({ row, split, tokens, before, after }: RowLoss): string =>
  [
    String(row).padStart(8),
    split.padEnd(8),
    String(tokens).padStart(7),
    before.toFixed(4).padStart(9),
    after.toFixed(4).padStart(9),
  ].join('  ');

async function tokens(opened: Opened, number: number): Promise<string> {
  const { session, data, tokenizer } = opened;
  const found = await tokenLosses(session, data, rowNumbered(opened, number), tokenizer);
  console.log('   before     after  token');
  for (const { text, before, after } of found) {
    const [then, now] = [before, after].map((loss) => (loss === null ? '' : loss.toFixed(4)).padStart(9));
    console.log(`${then} ${now}  ${JSON.stringify(text)}`);
  }
  return tokenTable(found);
}

async function teach(opened: Opened, number: number, most: number | undefined): Promise<string> {
  const { session, folder, data, tokenizer } = opened;
  const row = rowNumbered(opened, number);
  const plan = await planTeaching({ folder, data }, await resultStep(folder), most);
  const { rows, steps, seconds } = plan.price;
  const time = seconds === null ? '' : `, about ${secondsInWords(seconds)} at the pace of the run`;
  console.log(
    `${rows} rows at ${steps.length} checkpoints (step ${steps.join(', ')}): ${rows * steps.length} gradients${time}`,
  );
  const found = (await rowInfluences(session, { folder, data, padId: tokenizer.padTokenId }, row, plan))!;
  console.log('     row  influence');
  const line = ({ row: other, influence }: (typeof found)[number]) =>
    console.log(`${String(other).padStart(8)}  ${influence.toExponential(3)}`);
  found.slice(0, shown).forEach(line);
  if (found.length > shown) console.log('     …');
  if (found.length > 2 * shown) found.slice(-shown).forEach(line);
  return influenceTable(found);
}
