/** The numbers behind the recipes: how each was found is in docs/recipes.md. */
import type { methodNames } from '../../tuning/method-names.ts';

export const recipeNames = ['quick-look', 'balanced', 'thorough'] as const;
export type RecipeName = (typeof recipeNames)[number];

/** How long and how carefully a recipe learns. Which rows it sees, and how many at once, is the same in all of them. */
export interface RecipeConstants {
  /** Updates aimed at; the passes over the rows follow from it, within `epochs`. */
  readonly updates: number;
  readonly epochs: readonly [fewest: number, most: number];
  /** Factor on the usual rate. */
  readonly rate: number;
  readonly rank: number;
  /** Evaluations in the whole run, where there are as many epochs or steps. */
  readonly evaluations: number;
}

export const recipeConstants: Readonly<Record<RecipeName, RecipeConstants>> = {
  'quick-look': { updates: 40, epochs: [0.2, 5], rate: 1, rank: 8, evaluations: 3 },
  balanced: { updates: 130, epochs: [2, 10], rate: 1, rank: 16, evaluations: 8 },
  thorough: { updates: 400, epochs: [4, 20], rate: 0.5, rank: 32, evaluations: 12 },
};

/** A learning rate of AdamW at a hidden size of 2048, and the power of 2048/hidden that it grows by. */
export interface UsualRate {
  readonly at2048: number;
  readonly power: number;
}

type Method = 'full' | (typeof methodNames)[number];

const adapter: UsualRate = { at2048: 2e-4, power: 0.78 };

/**
 * LoRA: arXiv 2305.14314 (2e-4 at 7B). Full: a tenth of it, and less where the weights are many. Learned prompts and
 * vectors have few parameters and take large rates (arXiv 2104.08691, 2205.05638).
 */
export const usualRates: Readonly<Record<Method, UsualRate>> = {
  lora: adapter,
  full: { at2048: 2e-5, power: 0.78 },
  'series-adapter': adapter,
  'parallel-adapter': adapter,
  vera: { at2048: 4e-3, power: 0.3 },
  ia3: { at2048: 5e-3, power: 0.2 },
  'llama-adapter': { at2048: 5e-3, power: 0.2 },
  prefix: { at2048: 5e-3, power: 0.2 },
  'p-tuning': { at2048: 2e-3, power: 0.2 },
  prompt: { at2048: 3e-2, power: 0.2 },
};

/** Convolutions take larger rates than transformers of the same width. */
export const pictureRate = 5;

/** Rows an update, by the number of rows to learn from. */
export const rowsAnUpdate: readonly { readonly from: number; readonly rows: number }[] = [
  { from: 0, rows: 2 },
  { from: 30, rows: 4 },
  { from: 300, rows: 8 },
  { from: 2000, rows: 16 },
];

/** Classes are told apart over a batch, and a row gives one target only. */
export const leastRowsForLabels = 8;

/** Padded tokens of one micro-step at most, by hidden size; more rows an update are accumulated. */
export const tokensAtOnce = (hiddenSize: number): number => (hiddenSize <= 1024 ? 8192 : 4096);

/** Share of the rows held back, the fewest and the most. */
export const heldBack = { share: 0.1, fewest: 4, most: 200 } as const;

export const warmupRatio = 0.05;
export const gradientClip = 1;
/** The update counts alpha ÷ rank times. */
export const alphaOverRank = 2;

/** A longest row of more than so many times the length that 98 % of the rows have is cut. */
export const outlierFactor = 3;

/** How far from the usual rate one is warned. */
export const rateBounds = {
  high: 10,
  /** Beyond it the loss rises and stays up. */
  breaks: 100,
  /** A rate of Adam that moves every weight by its own size in one update. */
  always: 0.5,
  low: 50,
  /** Weights move less than their rounding. */
  idle: 1000,
  /** Adam's update has the size of the rate; plain gradients are smaller, and Adadelta's rate is a factor. */
  scales: { AdamW: 1, Adam: 1, AdamW8bit: 1, RMSprop: 1, SGD: 100, Adadelta: 1000 },
} as const;
