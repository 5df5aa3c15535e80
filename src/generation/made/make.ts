/** More rows from few: a model says prompts in other words, drafts answers and says what is wrong with both. */
import { type MadeKind, promptKey, promptText } from '../../data/made-rows.ts';
import { randomSource, shuffledIndices } from '../../data/shuffle.ts';
import { AppError, because } from '../../errors.ts';
import { cleanReply, languageDiffers, plainText, remarkOf } from './replies.ts';
import { examplesText, fillRequest, requestLanguage, requirePlaces } from './requests.ts';
import type { MadeCheck, MadeRow, MakeSettings } from './rows.ts';
import type { MadeSources, SourceRow } from './sources.ts';

export interface WritingSettings {
  readonly temperature: number;
  readonly topP: number;
  readonly maxNewTokens: number;
  readonly seed: number;
}

/** Who writes: the open model, or a server. */
export interface RowWriter {
  /** What its rows are marked with. */
  readonly name: string;
  /** @throws AppError 'prompt-too-long', 'server-failed', … */
  write(request: string, settings: WritingSettings, signal?: AbortSignal): Promise<{ text: string; isCut: boolean }>;
}

const orderStream = 0x6d616b65;
/** Examples beside a prompt that is to be answered, and characters that each has at most. */
const [exampleCount, longestExample] = [3, 600];

/**
 * Makes rows one by one, each kind of each source in turn and, where more are wanted, of the sources again. The same for
 * the same seed and the same model. Ends where it is aborted.
 * @throws AppError 'make-unfit', and as the writer does
 */
export async function* makeRows(
  sources: MadeSources,
  settings: MakeSettings,
  writer: RowWriter,
  signal?: AbortSignal,
): AsyncGenerator<MadeRow> {
  const { kinds, count, seed, texts } = settings;
  requirePlaces(texts);
  const missing = kinds.find((kind) => !sources.kinds.includes(kind));
  if (missing !== undefined || kinds.length === 0)
    throw new AppError('make-unfit', { reason: because`of its rows only ${sources.kinds.join(', ')} can be made` });
  const of = kinds.map((kind) => sourcesFor(kind, sources, seed));
  const checksOf = createChecks(sources);
  for (let index = 0; index < count && !signal?.aborted; index++) {
    const kind = kinds[index % kinds.length]!;
    const rows = of[index % kinds.length]!;
    const source = rows[Math.floor(index / kinds.length) % rows.length]!;
    try {
      const making = { sources, settings, writer, source, kind, index, checksOf, ...(signal && { signal }) };
      const row = await makeRow(making);
      // What a model had written of a text by then is no row.
      if (signal?.aborted) return;
      yield row;
    } catch (thrown) {
      if (signal?.aborted) return;
      throw thrown;
    }
  }
}

/** The sources of a kind in the order in which they are taken: drafts first of prompts that have no answer yet. */
function sourcesFor(kind: MadeKind, { rows }: MadeSources, seed: number): readonly SourceRow[] {
  const order = Array.from(shuffledIndices(rows.length, seed, orderStream), (at) => rows[at]!);
  const isAnswered = ({ answer }: SourceRow) => answer.trim() !== '';
  const answered = order.filter(isAnswered);
  if (kind === 'answer') return [...order.filter((row) => !isAnswered(row)), ...answered];
  if (answered.length > 0) return answered;
  throw new AppError('make-unfit', { reason: because`no row to learn from has an answer to go with a paraphrase` });
}

interface Making {
  readonly sources: MadeSources;
  readonly settings: MakeSettings;
  readonly writer: RowWriter;
  readonly source: SourceRow;
  readonly kind: MadeKind;
  /** Of the row among those made, which its draws depend on. */
  readonly index: number;
  readonly checksOf: ReturnType<typeof createChecks>;
  readonly signal?: AbortSignal;
}

async function makeRow({ sources, settings, writer, source, kind, index, checksOf, signal }: Making): Promise<MadeRow> {
  const random = randomSource(settings.seed, orderStream, index);
  const { temperature, topP, maxNewTokens } = settings;
  const cell = sources.table.rows[source.index]![source.place]!;
  const [original, beside] = kind === 'paraphrase' ? [cell, source.answer] : [source.answer, source.prompt];
  const language = requestLanguage(source.prompt);
  const texts = settings.texts[language];
  const parts = { text: cell, prompt: source.prompt, answer: source.answer };
  const ask = async (text: string, more: Readonly<Record<string, string>>) => {
    const request = fillRequest(text, { ...parts, ...more });
    return writer.write(request, { temperature, topP, maxNewTokens, seed: random() }, signal).catch((thrown) => {
      if (thrown instanceof AppError && thrown.code === 'prompt-too-long') return null;
      throw thrown;
    });
  };
  const examples = kind === 'answer' ? examplesText(otherRows(sources, source, random), language) : '';
  const reply = await ask(texts[kind], { examples });
  const row = { kind, by: writer.name, source: source.number, original, beside };
  if (!reply) return { ...row, text: '', checks: ['too-long'], remark: '' };
  const { text, isEnded } = cleanReply(reply.text, kind);
  const prompt = kind === 'paraphrase' ? madePrompt(sources, source, text) : source.prompt;
  const checks = checksOf({ kind, text, prompt, original, beside, isCut: reply.isCut && !isEnded });
  if (!settings.critique || text === '') return { ...row, text, checks, remark: '' };
  const critique = await ask(texts.critique, { prompt, answer: kind === 'paraphrase' ? source.answer : text });
  const remark = remarkOf(critique?.text ?? '');
  return { ...row, text, checks: remark === null ? [...checks, 'no-critique'] : checks, remark: remark ?? '' };
}

/** The prompt of a row with one of its columns in other words. */
function madePrompt({ table, promptPlaces }: MadeSources, { index, place }: SourceRow, text: string): string {
  return promptText({ prompt: promptPlaces.map((at) => (at === place ? text : (table.rows[index]![at] ?? ''))) });
}

/** Rows with an answer, to show what answers are like; none that is held back or was made. */
function otherRows({ rows }: MadeSources, source: SourceRow, random: () => number): SourceRow[] {
  const fits = ({ prompt, answer }: SourceRow) =>
    answer.trim() !== '' && prompt.length + answer.length <= longestExample && prompt !== source.prompt;
  const fitting = rows.filter(fits);
  const chosen = new Set<SourceRow>();
  for (let drawn = 0; drawn < 4 * exampleCount && chosen.size < Math.min(exampleCount, fitting.length); drawn++)
    chosen.add(fitting[random() % fitting.length]!);
  return [...chosen];
}

interface Made {
  readonly kind: MadeKind;
  readonly text: string;
  /** Of the whole row. */
  readonly prompt: string;
  readonly original: string;
  readonly beside: string;
  readonly isCut: boolean;
}

/** Looks at rows in the order in which they are made. */
function createChecks({ table, promptPlaces, answerPlace, held }: MadeSources): (made: Made) => MadeCheck[] {
  const prompts = new Set<string>();
  const answers = new Set<string>();
  const pairOf = (prompt: string, answer: string) => `${plainText(prompt)}\0${plainText(answer)}`;
  for (const cells of table.rows) {
    const prompt = promptText({ prompt: promptPlaces.map((place) => cells[place] ?? '') });
    prompts.add(plainText(prompt));
    answers.add(pairOf(prompt, cells[answerPlace] ?? ''));
  }
  return ({ kind, text, prompt, original, beside, isCut }) => {
    if (text === '') return ['empty'];
    const isPrompt = kind === 'paraphrase';
    const isSame = plainText(text) === plainText(original);
    const [seen, key] = isPrompt ? [prompts, plainText(prompt)] : [answers, pairOf(prompt, text)];
    const isRepeated = !isSame && seen.has(key);
    seen.add(key);
    // An answer to be drafted may be missing: then it is as its prompt is.
    const from = original.trim() === '' ? beside : original;
    return [
      ...(isSame ? ['same-as-source' as const] : []),
      ...(isRepeated ? ['repeated' as const] : []),
      ...(held.has(promptKey(prompt)) ? ['held-out' as const] : []),
      ...(isCut ? ['cut-off' as const] : []),
      ...(languageDiffers(text, from) ? ['language-differs' as const] : []),
    ];
  };
}
