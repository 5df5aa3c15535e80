import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { memoryDirectory } from '../files/memory-directory.ts';
import { readOutcome, readSamples } from '../files/runs.ts';
import { sentenceBleu } from '../metrics/bleu.ts';
import { type ConfigChanges, goldenRun } from '../testing/golden-run.ts';
import { referenceExecutor } from '../testing/reference-executor.ts';
import type { Answers } from '../training/run/events.ts';
import { createTraining, type TrainingOptions } from '../training/run/trainer.ts';
import { makeAnsweringWith, promptsOf } from './answers.ts';
import { noServerKey } from './chat-server.ts';
import { askHeldOutWith } from './held-out.ts';
import { askedOnce, createJudge, type Judge, judgeFor, type KnownScores } from './judge.ts';

const changes: ConfigChanges = {
  dataset: { validation_strategy: 'automatic', validation_size: 0.2 },
  training: { epochs: 1, max_steps: 0, evaluation_epochs: 0.5, batch_size: 2 },
  prediction: { max_length_inference: 6, min_length_inference: 2 },
};

async function answersOf(
  name: string,
  more: ConfigChanges,
  { judge = null, ...options }: Partial<TrainingOptions> & { judge?: Judge | null } = {},
) {
  const told: (Answers & { step: number })[] = [];
  const sections = [...Object.keys(changes), ...Object.keys(more)] as (keyof ConfigChanges)[];
  const merged = Object.fromEntries(sections.map((key) => [key, { ...changes[key], ...more[key] }]));
  const training = createTraining({
    ...(await goldenRun(name, merged)),
    executor: referenceExecutor(),
    makeAnswering: makeAnsweringWith(judge),
    onEvent: (event) => event.kind === 'answers' && told.push(event),
    ...options,
  });
  const outcome = await training.start();
  return { told, training, outcome };
}

test('each evaluation answers the sample prompts, base beside now, and keeps them with the run', async () => {
  const run = memoryDirectory();
  const logging = { number_of_texts: 2, sample_prompts: ['say something'] };
  const { told, outcome } = await answersOf('llama-lora', { logging, training: { learning_rate: 0.3 } }, { run });
  expect(told.length).toBeGreaterThan(1);
  expect(told[0]!.samples.map(({ prompt }) => prompt)[0]).toBe('say something');
  expect(told[0]!.samples).toHaveLength(3);
  for (const { samples } of told)
    expect(samples.map(({ base }) => base)).toEqual(told[0]!.samples.map(({ base }) => base));
  expect(told.at(-1)!.samples.some(({ base, tuned }) => base !== tuned)).toBe(true);
  expect(told.at(-1)!.step).toBe(outcome.step);
  expect(await readSamples(run)).toEqual(told.map(({ step, samples, score }) => ({ step, samples, score })));
});

test('an answer that is labelled as a bad one is not expected', async () => {
  const folder = new URL('../../interop/golden-preferences/llama-kto-lora/', import.meta.url);
  const rows = readFileSync(new URL('data.csv', folder), 'utf8').trim().split('\n').slice(1);
  const labelled = (label: string) => rows.filter((row) => row.endsWith(`,${label}`)).map((row) => row.split(',')[1]!);
  const { told } = await answersOf('../golden-preferences/llama-kto-lora', {
    dataset: { validation_strategy: 'automatic', validation_size: 0.4 },
    training: { max_steps: 1, evaluation_epochs: 1 },
    logging: { number_of_texts: 20 },
  });
  const expected = told[0]!.samples.map((sample) => sample.expected);
  expect(expected.length).toBeGreaterThan(0);
  // Ten of 23 are held back.
  expect(expected.length).toBeLessThan(10);
  for (const answer of expected) {
    expect(labelled('True')).toContain(answer);
    expect(labelled('False')).not.toContain(answer);
  }
});

test('full fine-tuning asks the base before the first step, and a resumed run still knows what it said', async () => {
  const run = memoryDirectory();
  const fresh = await answersOf('llama-full', { training: { learning_rate: 0.1 } }, { run, stopAfter: 5 });
  const base = fresh.told[0]!.samples[0]!.base;
  expect(base).not.toBeNull();
  expect(fresh.told.at(-1)!.samples[0]!.tuned).not.toBe(base);
  const resumed = await answersOf('llama-full', { training: { learning_rate: 0.1 } }, { run, resume: true });
  expect(resumed.told.at(-1)!.samples[0]!.base).toBe(base);
});

test('what the base said is kept from before the first evaluation on', async () => {
  const more = { training: { learning_rate: 0.1 } };
  const whole = await answersOf('llama-full', more);
  const run = memoryDirectory();
  const stopped = await answersOf('llama-full', more, { run, stopAfter: 1 });
  expect([stopped.told, await readSamples(run)]).toEqual([[], []]);
  const resumed = await answersOf('llama-full', more, { run, resume: true });
  expect(resumed.told[0]!.samples[0]!.base).not.toBeNull();
  expect(resumed.told).toEqual(whole.told);
});

test('BLEU is the mean of all validation rows, whatever the batch they are answered in', async () => {
  const scored = async (batch_size_inference: number) => {
    const prediction = { metric: 'BLEU' as const, batch_size_inference };
    return (await answersOf('llama-lora', { prediction, logging: { number_of_texts: 100 } })).told.at(-1)!;
  };
  const together = await scored(3);
  expect(await scored(1)).toEqual(together);
  const { samples, score } = together;
  const bleu = samples.map(({ tuned, expected }) => sentenceBleu(tuned, expected, '13a'));
  expect(samples.map(({ score }) => score)).toEqual(bleu);
  expect(score).toEqual({ metric: 'BLEU', note: '13a', value: bleu.reduce((a, b) => a + b, 0) / bleu.length });
});

test('a prompt is what training shows before the answer', async () => {
  const { open, tokenizer, config, tables } = await goldenRun('llama-lora');
  const { dataset } = config;
  const columns = tables.training.columns;
  const row = tables.training.rows[0]!;
  const cell = (column: string) => row[columns.indexOf(column)]!;
  const prompt = { prompt: dataset.prompt_column.map(cell), answer: cell(dataset.answer_column) };
  const [made] = promptsOf([prompt], tokenizer, config, { open });
  const text = dataset.text_prompt_start + prompt.prompt.filter(Boolean).join('\n\n') + dataset.text_answer_separator;
  expect(made!.ids).toEqual(tokenizer.encode(text));
  expect(made!.expected).toBe(prompt.answer);
});

let server: Server;
let endpoint: string;
let mode: 'scores' | 'refuses' | 'rambles' = 'scores';
const asked: { key: string | undefined; body: { model: string; messages: { content: string }[] } }[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (part) => {
      text += part;
    });
    request.on('end', () => {
      asked.push({ key: request.headers.authorization, body: JSON.parse(text) });
      response.statusCode = mode === 'refuses' ? 401 : 200;
      const content = mode === 'scores' ? `Short. [[${asked.length % 2 ? 8 : 6}]]` : 'Well, who knows?';
      response.end(JSON.stringify({ choices: [{ message: { content } }] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => server.close());

test('a judge scores every validation row; it is sent prompt, reference and answer, and the key as a header', async () => {
  const judge = createJudge({ endpoint: `${endpoint}/`, model: 'some-model', key: 'secret', fetch });
  asked.length = 0;
  const training = { evaluation_epochs: 1 };
  const { told } = await answersOf('llama-lora', { prediction: { metric: 'judge' }, training }, { judge });
  const { samples, score } = told.at(-1)!;
  expect(score!.metric).toBe('judge');
  expect(score!.value).toBeGreaterThanOrEqual(6);
  expect(score!.value).toBeLessThanOrEqual(8);
  expect(samples[0]!.score).toBe(8);
  expect(asked[0]!.key).toBe('Bearer secret');
  expect(asked[0]!.body.model).toBe('some-model');
  expect(asked[0]!.body.messages[1]!.content).toContain(samples[0]!.prompt);
  expect(asked[0]!.body.messages[1]!.content).toContain(samples[0]!.tuned);
});

test('no answer of a run is judged twice: its evaluations, its verdict and its table share what was said', async () => {
  const { prediction } = (await goldenRun('llama-lora')).config;
  const settings = { ...prediction, metric: 'judge' as const, judge_endpoint: endpoint, judge_model: 'm' };
  const known: KnownScores = new Map();
  const judge = judgeFor(settings, noServerKey, fetch, known)!;
  const run = memoryDirectory();
  asked.length = 0;
  const options = { run, judge, askHeldOut: askHeldOutWith(judge) };
  const more = { prediction: { metric: 'judge' as const }, logging: { number_of_texts: 100 } };
  const { told, training } = await answersOf('llama-lora', more, options);
  const rows = training.data.validationRows;
  expect(told.length).toBeGreaterThan(1);
  expect(await readOutcome(run)).toMatchObject({ heldOut: { metric: 'judge', rows: rows.length } });
  const said = told.flatMap(({ samples }) => samples);
  const answers = said.flatMap(({ prompt, base, tuned }) => [base, tuned].map((text) => `${prompt} ${text}`));
  const judged = new Set(answers).size;
  expect(judged, 'of all evaluations, and both sides for the verdict').toBeLessThan(answers.length);
  expect(asked).toHaveLength(judged);
  const { prompt, expected, tuned } = told.at(-1)!.samples[0]!;
  await judgeFor(settings, noServerKey, fetch, known)!({ prompt, expected, answer: tuned });
  expect(asked).toHaveLength(judged);
});

test('what a judge could not say is asked again', async () => {
  let count = 0;
  const judge = askedOnce(async () => {
    if (++count === 1) throw new AppError('judge-failed', { endpoint, reason: 'x' });
    return count;
  }, new Map());
  const question = { prompt: 'p', expected: 'e', answer: 'a' };
  await expect(judge(question)).rejects.toThrow();
  expect([await judge(question), await judge(question)]).toEqual([2, 2]);
});

test('a judge without an address or a model is refused before anything is trained', async () => {
  const { prediction } = (await goldenRun('llama-lora')).config;
  const judge = { ...prediction, metric: 'judge' as const, judge_endpoint: endpoint, judge_model: 'm' };
  expect(judgeFor(judge, noServerKey, fetch)).not.toBeNull();
  expect(judgeFor(prediction, noServerKey, fetch)).toBeNull();
  expect(() => judgeFor({ ...judge, judge_endpoint: '' }, noServerKey, fetch)).toThrow('prediction.judge_endpoint');
  expect(() => judgeFor({ ...judge, judge_model: '' }, noServerKey, fetch)).toThrow('prediction.judge_model');
});

test.each([
  ['refuses', 'it answered 401'],
  ['rambles', 'its answer has no [[score]]'],
] as const)('a judge that %s costs the scores and not the run', async (which, reason) => {
  mode = which;
  const judge = createJudge({ endpoint, model: 'some-model', key: '', fetch });
  const { told, outcome } = await answersOf('llama-lora', { prediction: { metric: 'judge' } }, { judge });
  expect(outcome.reason).toBe('finished');
  expect(told.at(-1)!.score).toMatchObject({ metric: 'judge', value: null });
  expect(told.at(-1)!.score!.note).toContain(reason);
  expect(asked.at(-1)!.key).toBeUndefined();
});
