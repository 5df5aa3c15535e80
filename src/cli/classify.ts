import { readFile } from 'node:fs/promises';
import { AppError } from '../errors.ts';
import { requireImageModel } from '../models/model.ts';
import { percentText } from '../percent.ts';
import { askedTexts, type Classification, type TextPiece } from '../tasks/answers.ts';
import { classification } from '../tasks/labels/classification.ts';
import { taskOfModel } from '../tasks/registry.ts';
import { indexOfLargest } from '../tasks/scores.ts';
import { classifyPicture, classifyTokens } from '../training/results/classify.ts';
import type { ModelSession } from '../training/session/model-session.ts';
import { openTokenizer } from '../training/session/open-model.ts';
import { parseArguments, required } from './arguments.ts';
import { readPicture } from './node-pictures.ts';
import { openSession, requireHead } from './open-session.ts';
import { missingFile } from './print.ts';

export const classifyUsage = `studio classify --model PATH [--adapter DIR] --text TEXT [--pair TEXT] | --file FILE | --image FILE [--json]
  What a classifier says of a text, of each line of a file, or of a picture: the probability of each class, or a number.
  --pair        the second text, of a model that was trained on pairs; in a file it stands behind a tab, with --pairs
  A model that embeds texts says how alike they are: a line each, the cosine of each with each; of pairs, of each pair.
  --executor    auto, webgpu, tfjs-webgpu, tfjs-wasm or tfjs-cpu
  --weights     as-published, int8, int4 or nf4: what frozen weights are kept as`;

export async function classify(argv: readonly string[]): Promise<void> {
  const { options } = parseArguments(
    argv,
    {
      model: 'text',
      adapter: 'text',
      text: 'text',
      pair: 'text',
      file: 'text',
      pairs: 'flag',
      image: 'text',
      executor: 'text',
      weights: 'text',
      json: 'flag',
    },
    0,
  );
  const { text, pair, file, pairs, image, adapter, executor, weights } = options;
  requireOneQuestion(options);
  const opened = await openSession({ model: required(options.model, '--model PATH'), adapter, executor, weights });
  try {
    const { session } = opened;
    requireHead(session);
    const all =
      image === undefined
        ? await askTexts(session, await textsOf({ text, pair, file, pairs }))
        : [await askPicture(session, image)];
    for (const { logits, classified, ...asked } of all) {
      const answer = answerOf(classified);
      if (options.json) console.log(JSON.stringify({ ...asked, logits: [...logits], ...answer }));
      else console.log(all.length > 1 && 'text' in asked ? `${textsIn(asked)}\n${inWords(answer)}` : inWords(answer));
    }
  } finally {
    opened.dispose();
  }
}

/** @throws AppError 'usage' for what is asked twice, and for a second text without its first */
function requireOneQuestion({ text, pair, file, pairs, image }: Partial<AskedOptions> & { image?: string }): void {
  const asked = Object.entries({ text, file, image }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const refused = (reason: string) => new AppError('usage', { reason });
  if (asked.length > 1) throw refused(`--${asked.join(' and --')} are several questions: give one of them.`);
  if (pair !== undefined && text === undefined) throw refused('--pair goes with --text: in a file, use --pairs.');
  if (pairs && file === undefined) throw refused('--pairs goes with --file: beside --text, use --pair TEXT.');
}

/** Texts that are classified side by side. */
const mostAtOnce = 8;

interface AskedText {
  readonly text: string;
  readonly pair?: string | undefined;
}

interface AskedOptions {
  readonly text: string | undefined;
  readonly pair: string | undefined;
  readonly file: string | undefined;
  readonly pairs: boolean | undefined;
}

async function textsOf({ text, pair, file, pairs }: AskedOptions): Promise<AskedText[]> {
  if (file === undefined) return [{ text: required(text, '--text TEXT, --file FILE or --image FILE'), pair }];
  const lines = await linesOf(file);
  if (!pairs) return lines.map((line) => ({ text: line }));
  return lines.map((line, index) => {
    const texts = line.split('\t');
    if (texts.length !== 2)
      throw new AppError('usage', { reason: `Line ${index + 1} of ${file} has no tab between two texts, or several.` });
    return { text: texts[0]!, pair: texts[1] };
  });
}

async function linesOf(file: string): Promise<string[]> {
  const lines = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw missingFile(file, cause);
  });
  return lines.split(/\r?\n/).filter((line) => line !== '');
}

async function askTexts(session: ModelSession, texts: readonly AskedText[]) {
  const { model, files } = session.open;
  const { answers } = taskOfModel(model);
  if (!answers) throw new AppError('task-unsupported', { modelType: model.modelType, task: 'classification' });
  const tokenizer = await openTokenizer(files);
  const isOne = answers.together && texts.every(({ pair }) => pair === undefined);
  const asked = isOne ? [{ text: texts.map(({ text }) => text).join('\n') }] : texts;
  const questions = asked.map(({ text, pair }: AskedText) => answers.question(model, tokenizer, text, pair));
  const sequences = questions.flatMap(askedTexts);
  const side = session.tuning ? 'tuned' : 'base';
  const logits = await classifyTokens(session, sequences, side, Math.min(sequences.length, mostAtOnce));
  return questions.map(({ ids, others = [], classification }, index) => {
    const [found, ...rest] = logits.splice(0, 1 + others.length);
    return { ...asked[index]!, ids, logits: found!, classified: classification(found!, ...rest) };
  });
}

/** @throws AppError 'task-unsupported', 'file-missing', 'picture-unreadable' */
async function askPicture(session: ModelSession, file: string) {
  const model = requireImageModel(session.open.model);
  const side = session.tuning ? 'tuned' : 'base';
  const logits = await classifyPicture(session, await readPicture(file, model.input), side);
  return { image: file, logits, classified: classification(model, logits) };
}

const textsIn = ({ text, pair }: AskedText): string => (pair === undefined ? text : `${text}\t${pair}`);

interface Answer {
  readonly pieces?: readonly TextPiece[];
  readonly alike?: NonNullable<Classification['alike']>;
  readonly value?: number;
  readonly label?: string;
  readonly probabilities?: Readonly<Record<string, number>>;
}

function answerOf({ classes, value, pieces, alike }: Classification): Answer {
  if (alike) return { alike };
  if (pieces) return { pieces };
  if (value !== null) return { value };
  const best = classes[indexOfLargest(classes.map(({ chance }) => chance))]!;
  return { label: best.name, probabilities: Object.fromEntries(classes.map(({ name, chance }) => [name, chance])) };
}

function inWords({ pieces, value, alike, probabilities: chances = {} }: Answer): string {
  if (alike)
    return alike.cosines
      .map((row, index) => [...row.map((each) => each.toFixed(4)), alike.texts[index]].join('  '))
      .join('\n');
  if (pieces) return pieces.map(({ text, label }) => (label === null ? text : `[${text} ${label}]`)).join('');
  if (value !== undefined) return String(value);
  return Object.entries(chances)
    .sort(([, a], [, b]) => b - a)
    .map(([name, chance]) => `${percentText(chance, 1).padStart(6)}  ${name}`)
    .join('\n');
}
