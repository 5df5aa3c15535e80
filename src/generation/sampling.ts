import { type RandomSource, randomSource } from '../data/shuffle.ts';

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

/** Scores after the repetition penalty (CTRL, arXiv 1909.05858, as transformers has it) and the minimum length. */
export function penalised(
  scores: Float32Array,
  { repetitionPenalty, minNewTokens }: Pick<SamplingSettings, 'repetitionPenalty' | 'minNewTokens'>,
  { ids, generated, endIds }: TokenHistory,
): Float32Array {
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

/** The distribution that is drawn from: temperature, then top-k, then top-p, in the order of transformers. */
export function probabilities(
  scores: Float32Array,
  { temperature, topK, topP }: Pick<SamplingSettings, 'temperature' | 'topK' | 'topP'>,
): Float64Array {
  const scaled = Float64Array.from(scores, (score) => score / temperature);
  if (topK > 0 && topK < scaled.length) {
    const threshold = scaled.slice().sort()[scaled.length - topK]!;
    for (let id = 0; id < scaled.length; id++) if (scaled[id]! < threshold) scaled[id] = Number.NEGATIVE_INFINITY;
  }
  const result = softmax(scaled);
  return topP < 1 ? nucleus(result, topP) : result;
}

function softmax(scores: Float64Array): Float64Array {
  const largest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const result = scores.map((score) => Math.exp(score - largest));
  const sum = result.reduce((all, value) => all + value, 0);
  return result.map((value) => value / sum);
}

/** Leaves out the least likely tokens whose probabilities add up to no more than 1 − p; the likeliest always stays. */
function nucleus(distribution: Float64Array, topP: number): Float64Array {
  const order = Array.from(distribution.keys()).filter((id) => distribution[id]! > 0);
  order.sort((a, b) => distribution[a]! - distribution[b]! || b - a);
  const result = distribution.slice();
  let dropped = 0;
  let kept = 1;
  for (const id of order.slice(0, -1)) {
    dropped += distribution[id]!;
    if (dropped > 1 - topP) break;
    result[id] = 0;
    kept -= distribution[id]!;
  }
  return result.map((value) => value / kept);
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
