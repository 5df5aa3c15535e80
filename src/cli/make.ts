import { writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type MadeKind, madeKinds } from '../data/made-rows.ts';
import { AppError, because } from '../errors.ts';
import { readJson } from '../files/source.ts';
import { makeRows, type RowWriter } from '../generation/made/make.ts';
import { type RequestTexts, usualTexts } from '../generation/made/requests.ts';
import { isSound, type MadeRow, type MakeSettings, mostMade, mostNewTokens } from '../generation/made/rows.ts';
import { madeSources } from '../generation/made/sources.ts';
import { madeCsv, reviewTable, withApproved } from '../generation/made/table.ts';
import { modelWriter, serverWriter } from '../generation/made/writers.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { openTokenizer } from '../training/session/open-model.ts';
import { type Arguments, parseArguments, required, wholeNumber } from './arguments.ts';
import { withGuessedColumns } from './guess-columns.ts';
import { openSession } from './open-session.ts';
import { isHubId, openModelFiles, readRunSettings, readText, resolvePath } from './run-files.ts';
import { readRunTables, readTableFile } from './run-tables.ts';

export const makeUsage = `studio make RUN.json --out FILE.csv [--rows N] [--kinds paraphrase,answer,critique] [--adapter DIR]
  Makes rows from those that the run would learn, with its model (docs/made-rows.md). The file is to be looked at: write
  yes into the column atelier_approved of each row that is to be learned; the others are not.
  --rows N      rows to make, at most 1000; 20 by default
  --kinds       paraphrase: the prompt in other words; answer: a drafted answer; critique: what the model finds wrong
  --adapter     with this adapter of the model
  --server URL  instead, a server that speaks OpenAI's chat completions, such as http://localhost:11434/v1; prompts and
                answers of the rows are sent to it. ATELIER_SERVER_KEY: its key, if it needs one
  --server-model NAME  what the server calls its model
  --temperature T, --top-p P, --max-new-tokens N, --seed N   how texts are written; 0.7, 0.9, 256 and 1 by default
  --texts FILE  a JSON file with other texts of the requests
  --executor    auto, webgpu, tfjs-webgpu, tfjs-wasm or tfjs-cpu
studio make RUN.json --merge FILE.csv --out TABLE.csv [--approve]
  The table of the run with the approved rows of that file behind its own.
  --approve     those too that nobody has looked at, where no check and no critique finds anything`;

const optionKinds = {
  rows: 'text',
  kinds: 'text',
  out: 'text',
  adapter: 'text',
  server: 'text',
  'server-model': 'text',
  temperature: 'text',
  'top-p': 'text',
  'max-new-tokens': 'text',
  seed: 'text',
  texts: 'text',
  executor: 'text',
  merge: 'text',
  approve: 'flag',
} as const;
type Options = Arguments<typeof optionKinds>['options'];

export async function make(argv: readonly string[]): Promise<void> {
  const { positionals, options } = parseArguments(argv, optionKinds);
  const runFile = required(positionals[0], 'RUN.json');
  const out = required(options.out, '--out FILE.csv');
  const usage = (reason: string) => new AppError('usage', { reason });
  if (!/\.csv$/i.test(out)) throw usage(`--out must end with .csv, not "${out}".`);
  if (options.approve && options.merge === undefined) throw usage('--approve goes with --merge.');
  if (options.server === undefined && options['server-model'] !== undefined)
    throw usage('--server-model goes with --server.');
  if (options.server !== undefined && options.adapter !== undefined)
    throw usage('--server and --adapter are two writers: give one of them.');
  const read = await readRunSettings(runFile);
  const tables = await readRunTables(runFile, read.config);
  if (resolve(out) === resolvePath(resolve(runFile), read.config.dataset.train_dataframe))
    throw usage('--out is the table of the run itself; name another file.');
  if (options.merge !== undefined) {
    const review = await readTableFile(options.merge);
    const { table, taken, made } = withApproved(tables.training, review, options.approve ?? false);
    if (made === 0) throw usage(`${options.merge} has no made row: the column atelier_made marks them.`);
    await writeFile(out, madeCsv(table));
    console.log(`${taken} of ${made} made rows are in ${out}, behind ${tables.training.rows.length} others.`);
    if (taken === 0) console.log('None is approved: write yes into its column atelier_approved, or give --approve.');
    return;
  }
  const settings = await settingsOf(options);
  const { config, guessed } = await withGuessedColumns(
    runFile,
    read,
    await modelConfigOf(runFile, read.config, options),
  );
  for (const line of guessed) console.error(line);
  const sources = madeSources(tables, config);
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once('SIGINT', end);
  const { writer, dispose } = await writerFor(runFile, config, options);
  const rows: MadeRow[] = [];
  try {
    for await (const row of makeRows(sources, settings, writer, stop.signal)) {
      rows.push(row);
      console.log(inWords(row, rows.length, settings.count));
    }
  } finally {
    process.off('SIGINT', end);
    dispose();
    // What was made before a server failed is not lost.
    if (rows.length > 0) await writeFile(out, madeCsv(reviewTable(sources, rows)));
  }
  const sound = rows.filter(isSound).length;
  console.log(`${rows.length} rows in ${out}, ${sound} of them without a finding. None is approved yet.`);
}

/** config.json of the model, which decides what columns may mean; a server is asked without one. */
const modelConfigOf = async (runFile: string, { model }: RunConfig, { server }: Options): Promise<unknown> =>
  server === undefined ? readJson(await openModelFiles(runFile, model, 'listed'), 'config.json') : null;

const usualKinds = 'paraphrase,answer';

async function settingsOf(options: Options): Promise<MakeSettings> {
  const wanted = (options.kinds ?? usualKinds).split(',').map((kind) => kind.trim());
  const known: readonly string[] = [...madeKinds, 'critique'];
  const unknown = wanted.find((kind) => !known.includes(kind));
  const usage = (reason: string) => new AppError('usage', { reason });
  if (unknown !== undefined) throw usage(`--kinds takes ${known.join(', ')}, not "${unknown}".`);
  const kinds = madeKinds.filter((kind): kind is MadeKind => wanted.includes(kind));
  if (kinds.length === 0) throw usage('--kinds must name paraphrase or answer: a critique is of a row that was made.');
  const number = (name: 'temperature' | 'top-p', usual: number, least: number, most: number) => {
    const value = Number(options[name] ?? usual);
    if (options[name]?.trim() !== '' && value >= least && value <= most) return value;
    throw usage(`--${name} must be a number from ${least} to ${most}, not "${options[name]}".`);
  };
  const whole = (name: 'rows' | 'max-new-tokens', usual: number, most: number) => {
    const value = wholeNumber(options[name] ?? String(usual), `--${name}`, 1);
    if (value <= most) return value;
    throw usage(`--${name} must be at most ${most}, not ${value}.`);
  };
  return {
    kinds,
    critique: wanted.includes('critique'),
    count: whole('rows', 20, mostMade),
    seed: wholeNumber(options.seed ?? '1', '--seed'),
    temperature: number('temperature', 0.7, 0, 2),
    topP: number('top-p', 0.9, 0.01, 1),
    maxNewTokens: whole('max-new-tokens', 256, mostNewTokens),
    texts: options.texts === undefined ? usualTexts : readTexts(await readText(options.texts), options.texts),
  };
}

/** `{ "en": { "paraphrase": "…" }, "ja": … }`: what is not said is as usual. @throws AppError 'settings-unreadable' */
function readTexts(text: string, file: string): MakeSettings['texts'] {
  const unreadable = (reason: ReturnType<typeof because>) => new AppError('settings-unreadable', { file, reason });
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw unreadable(because`it is not JSON`);
  }
  const texts: Record<string, RequestTexts> = { ...usualTexts };
  for (const [language, of] of Object.entries(given ?? {}))
    for (const [name, value] of Object.entries((of ?? {}) as object)) {
      const before = Object.hasOwn(texts, language) ? texts[language]! : null;
      if (!before || !Object.hasOwn(before, name) || typeof value !== 'string')
        throw unreadable(because`${`${language}.${name}`} is no text of a request`);
      texts[language] = { ...before, [name]: value };
    }
  return texts as MakeSettings['texts'];
}

interface Writing {
  readonly writer: RowWriter;
  dispose(): void;
}

async function writerFor(runFile: string, config: RunConfig, options: Options): Promise<Writing> {
  const { server, adapter } = options;
  if (server !== undefined) {
    const key = process.env.ATELIER_SERVER_KEY ?? '';
    const writer = serverWriter({ endpoint: server, model: options['server-model'] ?? '', key, fetch });
    console.error(`Prompts and answers of rows are sent to ${server}, ${key === '' ? 'without' : 'with'} a key`);
    return { writer, dispose: () => {} };
  }
  const { llm_backbone: named, weights } = config.model;
  const model = isHubId(runFile, named) ? named : resolve(dirname(runFile), named);
  const opened = await openSession({
    ...{ model, adapter, weights },
    executor: options.executor ?? config.environment.executor,
  });
  try {
    const tokenizer = await openTokenizer(opened.session.open.files);
    const side = opened.session.tuning ? 'tuned' : 'base';
    const folderName = (path: string) => basename(resolve(path));
    const base = isHubId(runFile, named) ? named : folderName(named);
    // Where it lies is nobody's business elsewhere.
    const name = adapter === undefined ? base : `${base} + ${folderName(adapter)}`;
    return {
      writer: await modelWriter(opened.session, tokenizer, config, side, name),
      dispose: () => opened.dispose(),
    };
  } catch (thrown) {
    opened.dispose();
    throw thrown;
  }
}

const shownText = 100;

function inWords({ kind, source, text, checks, remark }: MadeRow, place: number, count: number): string {
  const line = text.replace(/\s+/g, ' ');
  const shown = line.length > shownText ? `${line.slice(0, shownText)}…` : line;
  const notes = [...checks, ...(remark === '' ? [] : [remark])];
  return `${place}/${count}  row ${source}, ${kind}: ${shown}${notes.length === 0 ? '' : `  (${notes.join('; ')})`}`;
}
