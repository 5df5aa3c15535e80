import { describe, expect, test } from 'vitest';
import { validationRowCount } from '../../data/split.ts';
import {
  isRecipeKey,
  type RecipeFacts,
  type RecipeName,
  type RecipeValues,
  rateFor,
  recipeNames,
  recipeValues,
  roomFor,
  withRecipe,
} from './recipes.ts';
import { parseRunConfig, type RunConfig } from './run-config.ts';

const lengthsOf = (longest: number) => ({ mean: longest / 2, median: longest / 2, high: longest, longest });
const factsOf = (changes: Partial<RecipeFacts> = {}): RecipeFacts => ({
  ...{ rows: 60, lengths: { mean: 90, median: 88, high: 140, longest: 150 }, learnsLabels: false },
  ...{ parameters: 5e8, hiddenSize: 896, reach: 32768 },
  ...changes,
});
const configOf = (recipe: RecipeName | 'none', changes: Record<string, object> = {}): RunConfig =>
  parseRunConfig({ ...changes, training: { recipe, ...changes.training } });
const none: ReadonlySet<string> = new Set();
const values = (name: RecipeName, facts: RecipeFacts, config = configOf(name), own = none): Required<RecipeValues> =>
  recipeValues(name, facts, config, own) as Required<RecipeValues>;

const counts = [1, 2, 3, 5, 8, 20, 47, 60, 100, 333, 1000, 2500, 5000, 80_000];

describe('a recipe', () => {
  test('follows from the rows: sixty short ones are passed over a dozen times, with ten held back', () => {
    expect(values('balanced', factsOf())).toMatchObject({
      'training.epochs': 13,
      'training.max_steps': 0,
      'training.batch_size': 4,
      'training.grad_accumulation': 1,
      'tokenizer.max_length': 160,
      'dataset.validation_size': 0.16,
      'training.save_checkpoint': 'best',
    });
  });

  test('takes fewer passes over more rows, and never fewer updates', () => {
    for (const name of recipeNames) {
      const found = counts.map((rows) => {
        const { 'training.epochs': epochs, ...rest } = values(name, factsOf({ rows }));
        const held = validationRowCount(rows, {
          validation_strategy: 'automatic',
          validation_size: rest['dataset.validation_size'],
        });
        return { epochs, updates: (epochs * (rows - held)) / rest['training.batch_size'] };
      });
      for (const [index, { epochs }] of found.entries()) {
        if (index > 0) expect(epochs, `${name}, ${counts[index]} rows`).toBeLessThanOrEqual(found[index - 1]!.epochs);
      }
      expect(found.at(-1)!.updates).toBeGreaterThan(found[0]!.updates);
    }
  });

  test('takes longer the more thorough it is, on the same rows at the same length', () => {
    for (const rows of counts) {
      const [quick, balanced, thorough] = recipeNames.map((name) => values(name, factsOf({ rows })));
      expect(quick!['training.epochs']).toBeLessThanOrEqual(balanced!['training.epochs']);
      expect(balanced!['training.epochs']).toBeLessThanOrEqual(thorough!['training.epochs']);
      for (const key of ['dataset.validation_size', 'tokenizer.max_length', 'training.batch_size'] as const)
        expect(new Set([quick![key], balanced![key], thorough![key]]).size, key).toBe(1);
    }
  });

  test('gives settings that a run can begin with, for any number of rows', () => {
    for (const name of recipeNames) {
      for (const rows of counts) {
        const config = withRecipe(configOf(name), factsOf({ rows }), none);
        expect(parseRunConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
        const held = validationRowCount(rows, config.dataset);
        if (rows === 1) continue;
        expect(rows - held, `${rows} rows`).toBeGreaterThanOrEqual(config.training.batch_size);
        expect(held).toBeLessThanOrEqual(200);
      }
    }
  });

  test('holds back more of more rows, and of few more than one', () => {
    const held = counts.map((rows) => {
      const { 'dataset.validation_size': validation_size } = values('balanced', factsOf({ rows }));
      return validationRowCount(rows, { validation_strategy: 'automatic', validation_size });
    });
    expect(held).toEqual([...held].sort((a, b) => a - b));
    expect([20, 60, 1000, 5000].map((rows) => held[counts.indexOf(rows)])).toEqual([5, 10, 100, 200]);
  });

  test('trains whole weights and larger models at smaller rates', () => {
    const rate = (parameters: number, method: string) =>
      values('balanced', factsOf({ parameters }), configOf('balanced', { tuning: { method } }))[
        'training.learning_rate'
      ];
    const sizes = [1e5, 1e6, 5e8, 1e9, 7e9];
    const lora = sizes.map((size) => rate(size, 'lora'));
    expect(lora).toEqual([...lora].sort((a, b) => b - a));
    for (const size of sizes) expect(rate(size, 'full')).toBeLessThan(rate(size, 'lora'));
    const plain = values('balanced', factsOf(), configOf('balanced', { training: { optimizer: 'SGD' } }));
    expect(plain['training.learning_rate']).toBeGreaterThan(10 * rate(5e8, 'lora'));
  });

  test('gives LoRA no rank beyond a quarter of the hidden size, and other methods none', () => {
    expect(values('thorough', factsOf({ hiddenSize: 32 }))).toMatchObject({
      'tuning.lora_r': 8,
      'tuning.lora_alpha': 16,
    });
    const full = recipeValues('balanced', factsOf(), configOf('balanced', { tuning: { method: 'full' } }), none);
    expect(full).not.toHaveProperty('tuning.lora_r');
    const continued = recipeValues('balanced', factsOf(), configOf('balanced', { tuning: { init_from: 'a' } }), none);
    expect(continued, 'the adapter has its rank').not.toHaveProperty('tuning.lora_r');
  });

  test('accumulates long rows instead of holding them at once', () => {
    const facts = factsOf({ rows: 5000, lengths: lengthsOf(2000), hiddenSize: 2048 });
    const found = values('balanced', facts);
    expect(found['training.batch_size'] * found['tokenizer.max_length']).toBeLessThanOrEqual(4096);
    expect(found['training.batch_size'] * found['training.grad_accumulation']).toBe(16);
  });

  test('of pictures sets no length, and gives batches of eight at least', () => {
    const found = recipeValues(
      'balanced',
      factsOf({ lengths: null, learnsLabels: true, reach: null }),
      configOf('balanced'),
      none,
    );
    expect(found).not.toHaveProperty('tokenizer.max_length');
    expect(found['training.batch_size']).toBe(8);
  });

  test('without validation rows keeps the last weights', () => {
    const config = configOf('balanced', { dataset: { validation_strategy: 'none' } });
    const found = recipeValues('balanced', factsOf(), config, none);
    expect(found['training.save_checkpoint']).toBe('last');
    expect(found).not.toHaveProperty('dataset.validation_size');
    expect(found).not.toHaveProperty('training.evaluate_before_training');
  });
});

describe('the length of rows', () => {
  test('holds the longest one, in steps, as far as the model reaches', () => {
    const room = (longest: number, reach: number | null = null) => roomFor({ lengths: lengthsOf(longest), reach });
    expect([3, 40, 64, 65, 150, 161].map((longest) => room(longest))).toEqual([32, 48, 64, 80, 160, 192]);
    expect(room(600, 512)).toBe(512);
    for (let longest = 1; longest < 3000; longest += 7) expect(room(longest)).toBeGreaterThanOrEqual(longest);
  });

  test('is not that of a single row far beyond all others', () => {
    expect(roomFor({ lengths: { mean: 50, median: 50, high: 80, longest: 4000 }, reach: null })).toBe(256);
  });
});

describe('what somebody set', () => {
  const own = new Set(['training.learning_rate', 'tokenizer.max_length', 'training.batch_size']);
  const config = configOf('balanced', {
    training: { learning_rate: 0.5, batch_size: 16 },
    tokenizer: { max_length: 40 },
  });

  test('is never replaced, whichever recipe is taken', () => {
    for (const name of recipeNames) {
      const next = withRecipe({ ...config, training: { ...config.training, recipe: name } }, factsOf(), own);
      expect(next.training).toMatchObject({ learning_rate: 0.5, batch_size: 16 });
      expect(next.tokenizer.max_length).toBe(40);
    }
  });

  test('is what the rest goes with', () => {
    const few = { ...config, training: { ...config.training, batch_size: 4 } };
    const { training } = withRecipe(few, factsOf({ rows: 2500 }), own);
    expect(training, 'four rows an update').toMatchObject({ batch_size: 4, grad_accumulation: 1 });
    const steps = configOf('balanced', { training: { max_steps: 30 } });
    const byHand = withRecipe(steps, factsOf(), new Set(['training.max_steps']));
    expect(byHand.training.max_steps).toBe(30);
    // Twelve steps an epoch, ten of them from one evaluation to the next.
    expect(byHand.training.evaluation_epochs).toBeCloseTo(0.85);
    const ranked = withRecipe(configOf('balanced', { tuning: { lora_r: 6 } }), factsOf(), new Set(['tuning.lora_r']));
    expect(ranked.tuning).toMatchObject({ lora_r: 6, lora_alpha: 12 });
  });

  test('all of it leaves a config as it is: one that was saved with its values is read as it was', () => {
    const resolved = withRecipe(config, factsOf(), own);
    const saved = JSON.parse(JSON.stringify(resolved));
    const written = new Set(
      Object.entries(saved).flatMap(([section, keys]) => Object.keys(keys as object).map((key) => `${section}.${key}`)),
    );
    const read = parseRunConfig(saved);
    expect([...written].filter(isRecipeKey)).toHaveLength(14);
    expect(withRecipe(read, factsOf({ rows: 4000 }), written)).toBe(read);
  });
});

test('a loss that compares answers takes less of a rate where a reference holds it', () => {
  const rate = (problem_type: string, loss_function: string) =>
    rateFor(parseRunConfig({ dataset: { problem_type }, training: { loss_function } }), {
      parameters: 7e9,
      reach: 2048,
    });
  expect(rate('instruction', 'TokenAveragedCrossEntropy')).toBe(2e-4);
  // The default of the setting stands for DPO, and for KTO.
  for (const loss of ['TokenAveragedCrossEntropy', 'DPO', 'DPOIPO'])
    expect(rate('preference', loss)).toBeCloseTo(1e-5, 12);
  for (const loss of ['TokenAveragedCrossEntropy', 'APOZero'])
    expect(rate('judged-answers', loss)).toBeCloseTo(1e-5, 12);
  expect(rate('preference', 'ORPO')).toBe(2e-4);
  expect(rate('preference', 'SimPO')).toBeCloseTo(4e-5, 12);
});

test('without a recipe nothing is set', () => {
  const config = configOf('none');
  expect(withRecipe(config, factsOf(), none)).toBe(config);
});
