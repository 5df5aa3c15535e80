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
  'quick-look': { updates: 40, epochs: [0.2, 5], rate: 1, rank: 8, evaluations: 4 },
  balanced: { updates: 150, epochs: [1, 20], rate: 1, rank: 16, evaluations: 8 },
  thorough: { updates: 450, epochs: [3, 40], rate: 1, rank: 16, evaluations: 8 },
};

/** A learning rate of AdamW: factor ÷ √parameters of the model, within bounds. */
export interface UsualRate {
  readonly factor: number;
  readonly low: number;
  readonly high: number;
}

type Method = 'full' | (typeof methodNames)[number];

/**
 * LoRA, full, bottleneck adapters and IA3 were measured on models of one to three million parameters, and meet at billions
 * what is usual there (arXiv 2305.14314, 2405.09673). The others were not: learned prompts and vectors have few parameters
 * and take large rates (arXiv 2104.08691, 2205.05638).
 */
export const usualRates: Readonly<Record<Method, UsualRate>> = {
  lora: { factor: 4, low: 2e-4, high: 5e-3 },
  full: { factor: 1, low: 1e-5, high: 1.5e-3 },
  'series-adapter': { factor: 4, low: 2e-4, high: 5e-3 },
  'parallel-adapter': { factor: 4, low: 2e-4, high: 5e-3 },
  vera: { factor: 100, low: 2e-3, high: 3e-2 },
  ia3: { factor: 60, low: 1e-3, high: 3e-2 },
  'llama-adapter': { factor: 60, low: 1e-3, high: 2e-2 },
  prefix: { factor: 60, low: 1e-3, high: 2e-2 },
  'p-tuning': { factor: 30, low: 5e-4, high: 1e-2 },
  prompt: { factor: 300, low: 1e-2, high: 0.3 },
};

/** Convolutions take larger rates than transformers of the same width. */
export const pictureRate = 5;

/** Rows an update, by the number of rows to learn from. */
export const rowsAnUpdate: readonly { readonly from: number; readonly rows: number }[] = [
  { from: 0, rows: 4 },
  { from: 150, rows: 8 },
  { from: 2000, rows: 16 },
];

/** Classes are told apart over a batch, and a row gives one target only. */
export const leastRowsForLabels = 8;

/** Padded tokens of one micro-step at most, by hidden size; more rows an update are accumulated. */
export const tokensAtOnce = (hiddenSize: number): number => (hiddenSize <= 1024 ? 8192 : 4096);

/**
 * A tenth of the rows is held back, at least ten, or of few rows a fifth; at most two hundred. As many as tell
 * something (`rowsThatTell`), where that is no more than a third.
 */
export const heldBack = { share: 0.1, fewest: 10, shareOfFew: 0.2, most: 200, mostOfFew: 1 / 3 } as const;

/** Fewest: an evaluation costs a third of a pass over its rows, and answers to some of them. */
export const updatesBetweenEvaluations = 10;

export const warmupRatio = 0.1;
export const gradientClip = 1;
/** The update counts alpha ÷ rank times. */
export const alphaOverRank = 2;

/** A longest row of more than so many times the length that 98% of the rows have is cut. */
export const outlierFactor = 3;

/** How far from the usual rate one is warned. */
export const rateBounds = {
  high: 5,
  /** Measured: from three times on nothing more is learned, from ten on the loss rises and stays up. */
  breaks: 10,
  low: 20,
  /** Nothing moves. */
  idle: 100,
} as const;

/** Adam's update has the size of the rate; plain gradients are smaller, and Adadelta's rate is a factor. */
export const optimizerScales = { AdamW: 1, Adam: 1, AdamW8bit: 1, RMSprop: 1, SGD: 100, Adadelta: 1000 } as const;
