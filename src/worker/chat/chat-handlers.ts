import type { ExampleRow } from '../../data/examples.ts';
import { createAnswerer, promptsOf, scoreAnswers } from '../../generation/answers.ts';
import type { ServerKey } from '../../generation/chat-server.ts';
import { judgeFor } from '../../generation/judge.ts';
import { taskOf } from '../../tasks/registry.ts';
import { validationRowsOf } from '../../tasks/texts/rows.ts';
import { matchFor } from '../../tasks/writing/matches.ts';
import { tokenizerOf } from '../models/opened-model.ts';
import type { Requests } from '../protocol.ts';
import type { ActiveRun } from '../runs/active-run.ts';
import { readOrigin } from '../runs/run-origin.ts';
import { withRun } from '../runs/run-result.ts';
import { readRunTables } from '../runs/run-tables.ts';
import type { Handlers } from '../serve.ts';
import { createStops } from '../stops.ts';
import type { Workshop } from '../workshop.ts';
import { askOfPicture } from './asked-picture.ts';
import { benchmarkedRun, givenBenchmarks } from './benchmark.ts';
import { blindHandlers } from './blind.ts';
import { classifiedTable } from './classified-table.ts';
import type { AnsweredTable, ChatSide } from './messages.ts';
import { suggestedPrompts } from './suggested-prompts.ts';

type Asking =
  | 'chat'
  | 'classify'
  | 'stopChat'
  | 'answerValidation'
  | 'benchmark'
  | 'classifyPicture'
  | 'suggestPrompts';

/** The chat, the table of validation rows and what else is asked: each request with its own way to stop it. */
export function chatHandlers(workshop: Workshop): Pick<Handlers, Asking | keyof ReturnType<typeof blindHandlers>> {
  const { stoppable, stop } = createStops();
  return {
    chat: (params) =>
      stoppable(params.requestId, async (signal) => {
        const { requestId, runId } = params;
        const told = onlyOnce((text) => workshop.emit('chatToken', { requestId, text }));
        return withRun(workshop, runId, (run) => run.chat.answer(params, told(), signal));
      }),
    classify: ({ runId, text, textPair }) => withRun(workshop, runId, (run) => run.chat.classify(text, textPair)),
    suggestPrompts: async ({ runId }) => ({ prompts: await suggestedPrompts(workshop, runId) }),
    answerValidation: (params) =>
      stoppable(params.requestId, (signal) =>
        withRun(workshop, params.runId, ({ parts }) => answerTable(workshop, parts, params, signal)),
      ),
    benchmark: ({ requestId, runId, files }) =>
      stoppable(requestId, async (signal) => {
        const benchmarks = await givenBenchmarks(files);
        const onDone = (task: string, side: ChatSide, done: number, total: number) =>
          workshop.emit('benchmarked', { requestId, task, side, done, total });
        return withRun(workshop, runId, ({ parts }) => benchmarkedRun(parts, benchmarks, { signal, onDone }));
      }),
    classifyPicture: ({ runId, picture }) =>
      withRun(workshop, runId, async ({ parts: { model } }) => {
        const base = await askOfPicture(model, picture, 'base');
        return { base, tuned: await askOfPicture(model, picture, 'tuned') };
      }),
    ...blindHandlers(workshop, stoppable),
    async stopChat({ requestId }) {
      stop(requestId);
      return {};
    },
  };
}

/** Gives who tells an answer anew, as after a lost device, a way to tell no part of it twice: the answer is the same. */
function onlyOnce(tell: (text: string) => void): () => (text: string) => void {
  let told = 0;
  return () => {
    let at = 0;
    return (text) => {
      const fresh = text.slice(Math.max(0, told - at));
      at += text.length;
      told = Math.max(told, at);
      if (fresh !== '') tell(fresh);
    };
  };
}

/** Every validation row of a run, answered by both sides and scored by the run's metric. */
async function answerTable(
  workshop: Workshop,
  parts: ActiveRun['parts'],
  { requestId, settings }: Requests['answerValidation']['params'],
  signal: AbortSignal,
): Promise<AnsweredTable> {
  const { config, folder } = parts;
  const { table, validation } = await readRunTables(folder, await readOrigin(folder), config);
  const rows = validationRowsOf({ training: table.table, validation: validation?.table }, config);
  const onDone = (side: ChatSide, done: number, total: number) =>
    workshop.emit('answered', { requestId, side, done, total });
  const progress = { signal, onDone };
  const { answers } = taskOf(config);
  if (answers) return classifiedTable(answers, parts, rows, progress);
  return writtenTable(parts, rows, { ...progress, settings, judgeKey: workshop.judgeKey });
}

interface Writing {
  readonly signal: AbortSignal;
  readonly onDone: (side: ChatSide, done: number, total: number) => void;
  readonly settings: Requests['answerValidation']['params']['settings'];
  readonly judgeKey: ServerKey;
}

/** Every prompt, answered by both sides and scored by the run's metric. */
async function writtenTable(
  { config, model, opened, known }: ActiveRun['parts'],
  rows: readonly ExampleRow[],
  { signal, onDone, settings, judgeKey }: Writing,
): Promise<AnsweredTable> {
  const tokenizer = tokenizerOf(opened);
  const prompts = promptsOf(rows, tokenizer, config, model);
  const answer = createAnswerer(model, tokenizer, config, settings);
  const answersOf = (side: ChatSide) =>
    answer(side, prompts, { signal, onDone: (done) => onDone(side, done, prompts.length) });
  const [base, tuned] = [await answersOf('base'), await answersOf('tuned')];
  const { metric } = config.prediction;
  const judge = judgeFor(config.prediction, judgeKey, (input, init) => fetch(input, init), known);
  const before = await scoreAnswers(metric, prompts, base, judge, signal);
  const after = await scoreAnswers(metric, prompts, tuned, judge, signal);
  const matches = matchFor(prompts.map(({ expected }) => expected));
  return {
    rows: prompts.map(({ text: prompt, expected, rejected }, index) => ({
      ...{ prompt, expected, ...(rejected === undefined ? {} : { rejected }) },
      base: base[index]!,
      tuned: tuned[index]!,
      baseScore: before.scores[index]!,
      tunedScore: after.scores[index]!,
      baseRight: matches(base[index]!, expected),
      tunedRight: matches(tuned[index]!, expected),
    })),
    base: before.summary,
    tuned: after.summary,
  };
}
