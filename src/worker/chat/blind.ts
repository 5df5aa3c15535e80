/** Two models asked the same, and shown under no name: the page learns whose an answer is only from the choices kept. */
import { encodeConversation, joinedPrompt } from '../../data/prompt-templates.ts';
import { shuffledIndices } from '../../data/shuffle.ts';
import { AppError } from '../../errors.ts';
import { differingFile } from '../../files/base-mark.ts';
import type { Directory } from '../../files/directory.ts';
import { randomId } from '../../files/random-id.ts';
import { readBase } from '../../files/run-base.ts';
import { createAnswerer } from '../../generation/answers.ts';
import { validationRowsOf } from '../../tasks/texts/rows.ts';
import {
  type Choice,
  type ComparedSide,
  chosenPairs,
  keepChoice,
  oneIsFirst,
  readChoices,
  tallies,
} from '../../training/results/choices.ts';
import { resultStep } from '../../training/results/kept-result.ts';
import { tokenizerOf } from '../models/opened-model.ts';
import type { Requests } from '../protocol.ts';
import type { ActiveRun } from '../runs/active-run.ts';
import { resultId, splitResultId } from '../runs/result-id.ts';
import { readOrigin } from '../runs/run-origin.ts';
import { withRun } from '../runs/run-result.ts';
import { readConfig, runFolder } from '../runs/run-store.ts';
import { readRunTables } from '../runs/run-tables.ts';
import type { Handlers } from '../serve.ts';
import type { Stops } from '../stops.ts';
import type { Workshop } from '../workshop.ts';
import type { ChatSide } from './messages.ts';

type Asked = Requests['askBlind']['params'];
type Model = Omit<ComparedSide, 'answer'>;

interface Question {
  readonly prompt: string;
  readonly one: string;
  readonly other: string;
}

/** The questions of which the choices are awaited. */
interface Round {
  readonly id: string;
  readonly runId: string;
  readonly seed: number;
  readonly one: Model;
  readonly other: Model;
  readonly questions: readonly Question[];
}

export function blindHandlers(
  workshop: Workshop,
  stoppable: Stops['stoppable'],
): Pick<Handlers, 'askBlind' | 'chooseBlind' | 'readChoices'> {
  let round: Round | null = null;
  return {
    askBlind: (asked) =>
      stoppable(asked.requestId, async (signal) => {
        round = null;
        const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
        const { questions, prompts, ...models } = await askedBoth(workshop, asked, seed, signal);
        const id = randomId(8);
        if (!signal.aborted) round = { id, runId: asked.runId, seed, questions, ...models };
        const shown = questions.map(({ prompt, one, other }, place) => ({
          prompt,
          answers: oneIsFirst(seed, place) ? ([one, other] as const) : ([other, one] as const),
        }));
        return { round: id, questions: shown, alike: prompts - questions.length, prompts };
      }),
    async chooseBlind({ round: id, place, choice }) {
      const question = round?.id === id ? round.questions[place] : undefined;
      if (!round || !question) throw new AppError('internal', { reason: 'no such question was asked' });
      const { runId, one, other, seed } = round;
      const first = oneIsFirst(seed, place) ? 'one' : 'other';
      const second = first === 'one' ? 'other' : 'one';
      const run = splitResultId(runId).runId;
      const made: Choice = {
        time: new Date().toISOString(),
        prompt: question.prompt,
        one: { ...one, answer: question.one },
        other: { ...other, answer: question.other },
        first,
        chosen: choice === 'tie' ? 'tie' : choice === 'first' ? first : second,
        ...{ seed, place },
      };
      await workshop.locks.during(run, async () => {
        const folder = runFolder(await workshop.runs(), run);
        if (!(await folder.exists('run.json'))) throw new AppError('run-missing', { run });
        await keepChoice(folder, made);
      });
      return {};
    },
    async readChoices({ runId }) {
      const choices = await readChoices(runFolder(await workshop.runs(), splitResultId(runId).runId));
      return { choices, tallies: tallies(choices), pairs: chosenPairs(choices) };
    },
  };
}

/** Both models' answers, without questions that both answer alike: there is nothing to choose. */
async function askedBoth(workshop: Workshop, asked: Asked, seed: number, signal: AbortSignal) {
  const { requestId, runId, other, settings } = asked;
  if (other !== null) await requireSameBase(await workshop.runs(), runId, other);
  const prompts = asked.prompts ?? (await heldOutPrompts(workshop, asked, seed));
  const onDone = (before: number) => (done: number) =>
    workshop.emit('blindAnswered', { requestId, done: before + done, total: 2 * prompts.length });
  const answersOf = (id: string, side: ChatSide, before: number) =>
    withRun(workshop, id, async ({ parts }) => {
      const answers = await answered(parts, side, prompts, { settings, signal, onDone: onDone(before) });
      return { answers, model: await modelOf(parts, side) };
    });
  const one = await answersOf(runId, 'tuned', 0);
  const two = await answersOf(other ?? runId, other === null ? 'base' : 'tuned', prompts.length);
  const questions = signal.aborted
    ? []
    : prompts.map((prompt, index): Question => ({ prompt, one: one.answers[index]!, other: two.answers[index]! }));
  return {
    one: one.model,
    other: two.model,
    questions: questions.filter((question) => question.one.trim() !== question.other.trim()),
    prompts: signal.aborted ? 0 : prompts.length,
  };
}

async function modelOf({ id, evaluation, folder, config, opened }: ActiveRun['parts'], side: ChatSide): Promise<Model> {
  if (side === 'base') return { result: null, name: opened.name, step: null };
  const result = evaluation === null ? id : resultId(id, evaluation);
  const step = evaluation ?? (await resultStep(folder));
  return { result, name: config.environment.experiment_name, step };
}

interface Answering {
  readonly settings: Asked['settings'];
  readonly signal: AbortSignal;
  readonly onDone: (done: number) => void;
}

/** As in a conversation that begins with each prompt. */
async function answered(
  { config, model, opened }: ActiveRun['parts'],
  side: ChatSide,
  prompts: readonly string[],
  { settings, ...progress }: Answering,
): Promise<string[]> {
  const tokenizer = tokenizerOf(opened);
  const encoded = prompts.map((text) => ({
    ...{ text, expected: '' },
    ids: encodeConversation([{ role: 'user', content: text }], tokenizer, config.dataset),
  }));
  return createAnswerer(model, tokenizer, config, settings)(side, encoded, progress);
}

/** @throws AppError 'blind-other-base' where two results are of different base models */
async function requireSameBase(runs: Directory, ...ids: readonly [string, string]): Promise<void> {
  const folders = ids.map((id) => runFolder(runs, splitResultId(id).runId));
  const [first, second] = await Promise.all(folders.map(readBase));
  const [one, other] = await Promise.all(folders.map(readConfig));
  // Runs of older versions do not say which files they had: then its name counts.
  const differs =
    first && second ? differingFile(first, second) !== null : one!.model.llm_backbone !== other!.model.llm_backbone;
  if (differs) throw new AppError('blind-other-base');
}

/**
 * Prompts of held-out rows that the two models were not compared by yet, drawn by the seed. Of conversations, and of rows
 * with a system text, there are none: in the table of choices a prompt is one text.
 */
async function heldOutPrompts(
  workshop: Workshop,
  { runId, other, count }: Asked,
  seed: number,
): Promise<readonly string[]> {
  const folder = runFolder(await workshop.runs(), splitResultId(runId).runId);
  const config = await readConfig(folder);
  const { table, validation } = await readRunTables(folder, await readOrigin(folder), config);
  const rows = validationRowsOf({ training: table.table, validation: validation?.table }, config);
  const plain = rows.filter(({ history, messages, system }) => !history?.length && !messages && !system);
  const asked = (await readChoices(folder)).filter(
    (choice) => choice.one.result === runId && choice.other.result === other,
  );
  const known = new Set(asked.map(({ prompt }) => prompt));
  const texts = plain.map(({ prompt }) => joinedPrompt(prompt, config.dataset));
  const fresh = [...new Set(texts)].filter((text) => text.trim() !== '' && !known.has(text));
  return [...shuffledIndices(fresh.length, seed)].slice(0, count).map((index) => fresh[index]!);
}
