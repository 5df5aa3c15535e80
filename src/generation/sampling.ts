import { type RandomSource, randomSource } from '../data/shuffle.ts';
import { AppError } from '../errors.ts';

/** How the next token is chosen; names as transformers' generation config, in camelCase. */
export interface SamplingSettings {
  /** Off: the likeliest token, and nothing below but the penalty and the minimum counts. */
  readonly doSample: boolean;
  readonly temperature: number;
  /** 0: all. */
  readonly topK: number;
  /** 1: all. */
  readonly topP: number;
  /** 1: none. */
  readonly repetitionPenalty: number;
  readonly minNewTokens: number;
  readonly seed: number;
}

export interface TokenHistory {
  /** Prompt and what was generated. */
  readonly ids: readonly number[];
  readonly generated: number;
  /** Tokens that would end the text; not allowed before the minimum is reached. */
  readonly endIds: ReadonlySet<number>;
}

/** Chooses tokens one after the other; the same seed and scores give the same tokens. */
export interface Sampler {
  next(scores: Float32Array, history: TokenHistory): number;
}

export function createSampler(settings: SamplingSettings): Sampler {
  const random = randomSource(settings.seed);
  const greedy = !settings.doSample || settings.temperature === 0;
  return {
    next(scores, history) {
      const allowed = penalised(scores, settings, history);
      return greedy ? largestIndex(allowed) : draw(probabilities(allowed, settings), random);
    },
  };
}

/**
 * Scores after the repetition penalty (CTRL, arXiv 1909.05858, as transformers has it) and the minimum length.
 * @throws AppError 'scores-not-finite' for a model that gives no numbers, whose every answer would be token 0
 */
export function penalised(
  scores: Float32Array,
  { repetitionPenalty, minNewTokens }: Pick<SamplingSettings, 'repetitionPenalty' | 'minNewTokens'>,
  { ids, generated, endIds }: TokenHistory,
): Float32Array {
  if (scores.some(Number.isNaN)) throw new AppError('scores-not-finite');
  const result = scores.slice();
  if (repetitionPenalty !== 1) {
    for (const id of new Set(ids)) {
      const score = scores[id];
      if (score !== undefined) result[id] = score < 0 ? score * repetitionPenalty : score / repetitionPenalty;
    }
  }
  if (generated < minNewTokens) for (const id of endIds) result[id] = Number.NEGATIVE_INFINITY;
  return result;
}

type Warping = Pick<SamplingSettings, 'temperature' | 'topK' | 'topP'>;

/** The distribution that is drawn from. */
export const probabilities = (scores: Float32Array, settings: Warping): Float64Array =>
  softmax(warped(scores, settings));

/** Scores after temperature, then top-k, then top-p, in the order of transformers; what is left out is −∞. */
export function warped(scores: Float32Array, { temperature, topK, topP }: Warping): Float64Array {
  const scaled = Float64Array.from(scores, (score) => score / temperature);
  if (topK > 0 && topK < scaled.length) {
    const threshold = scaled.slice().sort()[scaled.length - topK]!;
    for (let id = 0; id < scaled.length; id++) if (scaled[id]! < threshold) scaled[id] = Number.NEGATIVE_INFINITY;
  }
  if (topP < 1) leaveNucleus(scaled, topP);
  return scaled;
}

/** Log-probabilities of scores, f32 as in transformers. */
export function logSoftmax(scores: Float32Array): Float32Array {
  const largest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const log = largest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0));
  return scores.map((score) => score - log);
}

function softmax(scores: Float64Array): Float64Array {
  const largest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const result = scores.map((score) => Math.exp(score - largest));
  const sum = result.reduce((all, value) => all + value, 0);
  return result.map((value) => value / sum);
}

/** Leaves out the least likely tokens whose probabilities add up to no more than 1 − p; the likeliest always stays. */
function leaveNucleus(scores: Float64Array, topP: number): void {
  const distribution = softmax(scores);
  const order = Array.from(distribution.keys()).filter((id) => distribution[id]! > 0);
  order.sort((a, b) => distribution[a]! - distribution[b]! || b - a);
  let dropped = 0;
  for (const id of order.slice(0, -1)) {
    dropped += distribution[id]!;
    if (dropped > 1 - topP) break;
    scores[id] = Number.NEGATIVE_INFINITY;
  }
}

function draw(distribution: Float64Array, random: RandomSource): number {
  let left = random() / 2 ** 32;
  let last = 0;
  for (let id = 0; id < distribution.length; id++) {
    const probability = distribution[id]!;
    if (probability === 0) continue;
    last = id;
    left -= probability;
    if (left < 0) return id;
  }
  // Rounding may leave a crumb behind the last token.
  return last;
}

function largestIndex(scores: Float32Array): number {
  let best = 0;
  for (let id = 1; id < scores.length; id++) if (scores[id]! > scores[best]!) best = id;
  return best;
}
