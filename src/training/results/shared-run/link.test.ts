import fc from 'fast-check';
import { deflateSync } from 'fflate';
import { expect, test } from 'vitest';
import { sha256 } from '../../../files/sha256.ts';
import type { HeldOut } from '../../../tasks/held-out.ts';
import { defaultRunConfig, parseRunConfig } from '../../config/run-config.ts';
import type { StepMetrics } from '../../run/events.ts';
import type { Finding, Note } from '../verdict/verdict.ts';
import { curveOf, metricsOf } from './curve.ts';
import { fileOf, linkOf, longestLink, readFile, readLink } from './link.ts';
import { configOf, type SharedRun, sharedSettings } from './shared-run.ts';

const hash = sha256(new TextEncoder().encode('rows'));

const stepAt = (step: number, more: Partial<StepMetrics> = {}): StepMetrics => ({
  step,
  epoch: step / 10,
  loss: 2 / Math.sqrt(step) + Math.sin(step * 12.9898) / 7,
  learningRate: 1e-3 * (1 - step / 1e5),
  gradNorm: 1 + Math.cos(step * 78.233) / 3,
  tokens: 100 * step,
  ...more,
});
const courseOf = (steps: number) => Array.from({ length: steps }, (_, at) => stepAt(at + 1));

const run = (more: Partial<SharedRun> = {}): SharedRun => ({
  format: 'atelier-run',
  version: 1,
  name: '',
  table: '',
  created: 1_790_000_000_000,
  model: {
    source: { kind: 'hub', id: 'owner/model', revision: 'main', endpoint: '' },
    hashes: { commit: 'a'.repeat(40), weights: hash, tokenizer: hash, config: hash },
  },
  data: { table: hash, validation: null, rows: hash, training: 170 },
  ...sharedSettings(parseRunConfig({ training: { max_steps: 60 }, environment: { seed: 7 } })),
  phase: 'finished',
  step: 60,
  totalSteps: 60,
  cost: { trainedParameters: 7168, totalParameters: 942_000, peakBytes: 1 << 24 },
  evalLoss: 1.25,
  curve: curveOf(courseOf(60)),
  scores: null,
  heldOut: null,
  verdict: { finding: { kind: 'loss-fell', loss: { from: 3, to: 1 } }, notes: [], actions: [] },
  ...more,
});

const codeOf = (link: string): unknown => {
  try {
    return readLink(link);
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? thrown;
  }
};

/** A link of any JSON, as the program would make it. */
function linkWith(json: string, version = 1): string {
  const bytes = new TextEncoder().encode(json);
  const check = sha256(bytes).match(/../g)!.slice(0, 4);
  const head = Uint8Array.from([version, ...check.map((digits) => Number.parseInt(digits, 16))]);
  return Buffer.concat([head, deflateSync(bytes, { level: 9 })]).toString('base64url');
}

test('a run of sixty steps comes back from its link with every step', () => {
  const metrics = courseOf(60);
  const { link, run: shared } = linkOf(run(), metrics);
  expect(link.length).toBeLessThan(5000);
  expect(link).toMatch(/^[\w-]+$/);
  expect(readLink(link)).toEqual(shared);
  const back = metricsOf(readLink(link).curve);
  expect(back.map(({ step }) => step)).toEqual(metrics.map(({ step }) => step));
  for (const [at, { loss, epoch }] of back.entries()) {
    expect(Math.abs(loss / metrics[at]!.loss - 1)).toBeLessThan(5e-7);
    expect(epoch).toBeCloseTo(metrics[at]!.epoch, 9);
  }
  expect(configOf(readLink(link)).environment.seed).toBe(7);
});

test('a long run is thinned to a link of the stated length, and keeps its ends, its extremes and its evaluations', () => {
  const metrics = courseOf(100_000).map((each) => (each.step % 2500 === 0 ? { ...each, evalLoss: 1 } : each));
  metrics[70_000] = { ...metrics[70_000]!, loss: 9 };
  const { link } = linkOf(run(), metrics);
  expect(link.length).toBeLessThanOrEqual(longestLink);
  const { curve } = readLink(link);
  expect(curve.of).toBe(100_000);
  expect(curve.steps.length).toBeGreaterThan(90);
  expect([curve.steps[0], curve.steps.at(-1)]).toEqual([1, 100_000]);
  expect(curve.loss).toContain(9);
  expect(curve.evaluated.at(-1)).toEqual([100_000, 1]);
});

test('a file holds the whole curve, and answers where they are there; a link never does', async () => {
  const sample = { prompt: 'Where is it?', expected: 'There.', base: null, tuned: 'Here.', score: null };
  const answers = [{ step: 60, samples: [sample], score: null }];
  const metrics = courseOf(5000);
  const file = await readFile(new Blob([fileOf(run({ answers }), metrics)]));
  expect(file.answers).toEqual(answers);
  expect(metricsOf(file.curve).map(({ loss }) => loss)).toEqual(metrics.map(({ loss }) => loss));
  const { link } = linkOf(run({ answers }), courseOf(60));
  expect(readLink(link)).not.toHaveProperty('answers');
});

test('names, places, prompts and judges are no part of what is shared, and what is missing is named', () => {
  const secret = 'Quetzalcoatl';
  const config = parseRunConfig({
    model: { llm_backbone: secret },
    dataset: { train_dataframe: `${secret}.csv`, validation_dataframe: secret },
    tuning: { init_from: secret, prompt_tuning_init_text: secret },
    prediction: { metric: 'judge', judge_endpoint: `http://${secret}/v1`, judge_model: secret },
    environment: { experiment_name: secret, output_directory: secret },
    logging: { sample_prompts: [secret] },
  });
  const shared = sharedSettings(config);
  expect(JSON.stringify(shared)).not.toContain(secret);
  expect([...shared.leftOut].sort()).toEqual([
    'logging.sample_prompts',
    'prediction.judge_endpoint',
    'prediction.judge_model',
    'tuning.init_from',
    'tuning.prompt_tuning_init_text',
  ]);
  expect(sharedSettings(defaultRunConfig).leftOut).toEqual([]);
});

test('any course and any settings come back as they were shared', () => {
  const number = fc.oneof(fc.double(), fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY));
  const metrics = fc
    .array(fc.tuple(number, number, number, fc.option(number)), { maxLength: 400 })
    .map((rows) =>
      rows.map(([loss, learningRate, gradNorm, evalLoss], at) =>
        stepAt(at + 1, { loss, learningRate, gradNorm, ...(evalLoss === null ? {} : { evalLoss }) }),
      ),
    );
  const name = fc.string({ unit: 'binary', maxLength: 100 }).filter((text) => text.length <= 300);
  fc.assert(
    fc.property(metrics, name, fc.double({ min: 0, max: 1, noNaN: true }), (metrics, name, learning_rate) => {
      const settings = sharedSettings(parseRunConfig({ training: { learning_rate } }));
      const { link, run: shared } = linkOf(run({ name, ...settings }), metrics);
      expect(link.length).toBeLessThanOrEqual(longestLink);
      // JSON has neither −0 nor lone surrogates.
      expect(readLink(link)).toEqual(
        JSON.parse(new TextDecoder().decode(new TextEncoder().encode(JSON.stringify(shared)))),
      );
      expect(configOf(readLink(link)).training.learning_rate).toBe(JSON.parse(JSON.stringify(learning_rate)));
    }),
    { numRuns: 100 },
  );
});

test('a link that is cut off anywhere, or has one character changed, is refused', () => {
  const { link } = linkOf(run(), courseOf(60));
  for (let length = 0; length < link.length; length += 7)
    expect(codeOf(link.slice(0, length)), `cut at ${length}`).toMatch(/^shared-run-(invalid|newer)$/);
  for (let at = 0; at < link.length; at += 11) {
    const other = link[at] === 'A' ? 'B' : 'A';
    expect(codeOf(link.slice(0, at) + other + link.slice(at + 1)), `changed at ${at}`).toMatch(/^shared-run-/);
  }
  expect(codeOf(`${link}%`)).toBe('shared-run-invalid');
  expect(codeOf('A'.repeat(100_000))).toBe('shared-run-invalid');
});

test('whatever is given as a link is refused with a reason', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      expect(codeOf(text)).toMatch(/^shared-run-(invalid|newer)$/);
    }),
  );
});

test('a bomb is refused before it has grown: what follows is not even read', () => {
  const bomb = linkWith(JSON.stringify({ ...run(), name: 'a'.repeat(40_000_000) }));
  expect(bomb.length).toBeLessThan(64_000);
  const tooLarge = expect.objectContaining({ message: expect.stringContaining('larger than 1 MB') });
  expect(() => readLink(bomb)).toThrow(tooLarge);
  // Cut off, at a whole byte, it would be refused for that at its end.
  expect(() => readLink(bomb.slice(0, 4 * Math.floor(bomb.length / 8)))).toThrow(tooLarge);
});

test('another version is told apart from a damaged link', () => {
  expect(codeOf(linkWith(JSON.stringify(run()), 2))).toBe('shared-run-newer');
  expect(codeOf(linkWith(JSON.stringify({ ...run(), version: 2 })))).toBe('shared-run-newer');
  expect(codeOf(linkWith(JSON.stringify({ format: 'other' })))).toBe('shared-run-invalid');
  expect(codeOf(linkWith('null'))).toBe('shared-run-invalid');
  expect(codeOf(linkWith('{'))).toBe('shared-run-invalid');
});

test.each([
  ['a hash that is none', { data: { ...run().data, table: 'abc' } }],
  ['a source with a token', { model: { source: { ...run().model.source, token: 'hf_x' }, hashes: null } }],
  [
    'an endpoint that is no address',
    { model: { source: { ...run().model.source, endpoint: 'javascript:1' }, hashes: null } },
  ],
  ['columns of unlike length', { curve: { ...run().curve, loss: [1] } }],
  ['steps that go back', { curve: { ...run().curve, steps: [...run().curve.steps].reverse() } }],
  ['a finding of no kind', { verdict: { ...run().verdict, finding: { kind: 'won' } } }],
  ['an action', { verdict: { ...run().verdict, actions: [{ kind: 'chat' }] } }],
  ['a part that nobody knows', { more: 1 }],
  ['a phase that goes on', { phase: 'training' }],
])('%s is refused', (_, more) => {
  expect(codeOf(linkWith(JSON.stringify({ ...run(), ...more })))).toBe('shared-run-invalid');
});

const heldOut: HeldOut = {
  ...{ metric: 'accuracy' as const, rows: 30, tuned: 0.9, base: null, blind: 0.5, better: 12, worse: 1 },
  more: { macroF1: 0.8, auc: null },
  baseMore: {},
};
const loss = { from: 3, to: 1 };
const findings: { readonly [K in Finding['kind']]: Finding & { readonly kind: K } } = {
  learned: { kind: 'learned', heldOut, interval: { value: 0.9, low: 0.7, high: 1 } },
  partly: { kind: 'partly', heldOut, interval: null },
  'not-yet': { kind: 'not-yet', updates: 3, rate: 1e-6, heldOut },
  stuck: { kind: 'stuck', updates: 90, loss },
  cut: { kind: 'cut', cut: 9, rows: 10, length: 64 },
  'by-heart': { kind: 'by-heart', step: 20, kept: true, heldOut: null },
  broke: { kind: 'broke', step: 4, loss: null, kept: null },
  worse: { kind: 'worse', heldOut },
  'base-as-good': { kind: 'base-as-good', heldOut },
  'one-class': { kind: 'one-class' },
  'cannot-tell': { kind: 'cannot-tell', why: 'few', rows: 2, heldOut: null },
  'loss-fell': { kind: 'loss-fell', loss },
  stopped: { kind: 'stopped', step: 3, total: 9, loss },
  untrained: { kind: 'untrained' },
};
const notes: { readonly [K in Note['kind']]: Note & { readonly kind: K } } = {
  seen: { kind: 'seen', rows: 1, of: 30 },
  cut: { kind: 'cut', cut: 1, rows: 30 },
  rose: { kind: 'rose', step: 20, kept: false },
  'out-of-patience': { kind: 'out-of-patience', step: 30, evaluations: 3 },
  'beyond-limit': { kind: 'beyond-limit', step: 30, divergence: 3.2, limit: 2 },
  kept: { kind: 'kept', step: 7, last: 30 },
  'labels-shuffled': { kind: 'labels-shuffled' },
  forgot: { kind: 'forgot', divergence: 4.5, perplexity: { from: 12, to: 300 } },
  remembers: { kind: 'remembers', divergence: 0.1, perplexity: { from: 12, to: 12.5 } },
};

test.each(Object.values(findings))('a verdict is handed on: $kind', (finding) => {
  const { link, run: shared } = linkOf(
    run({ verdict: { finding, notes: Object.values(notes), actions: [] }, heldOut }),
    courseOf(3),
  );
  expect(readLink(link)).toEqual(shared);
});

test('a step that was told twice is shared as it was told last', () => {
  const metrics = [...courseOf(5), stepAt(4, { loss: 7 }), stepAt(5, { loss: 8 }), stepAt(6)];
  const { steps, loss, of } = readLink(linkOf(run(), metrics).link).curve;
  expect({ steps, of, told: loss.slice(3, 5) }).toEqual({ steps: [1, 2, 3, 4, 5, 6], of: 6, told: [7, 8] });
});

test('settings are held to the run config', () => {
  const { settings } = run();
  const withRate = { ...settings, training: { ...settings.training, learning_rate: -1 } };
  expect(codeOf(linkWith(JSON.stringify(run({ settings: withRate }))))).toBe('run-config-invalid');
  const unknown = { ...settings, training: { ...settings.training, learning_rat: 1 } };
  expect(codeOf(linkWith(JSON.stringify(run({ settings: unknown }))))).toBe('run-config-unknown-key');
});
