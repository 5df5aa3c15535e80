/** What a run did to what its model knew before, as an evaluation gives it. */
import type { Scores } from '../../tasks/scores.ts';
import type { RunConfig } from '../config/run-config.ts';

/** Over the predicted tokens of the general texts. */
export interface Forgetting {
  /** Mean KL(published‖tuned) a token, in nats. */
  readonly divergence: number;
  /** Of the tuned model, and of the published one. */
  readonly perplexity: number;
  readonly basePerplexity: number;
}

/** Names among the scores of an evaluation. */
export const forgettingScoreNames = ['generalDivergence', 'generalPerplexity', 'generalBasePerplexity'] as const;

export const forgettingScores = ({ divergence, perplexity, basePerplexity }: Forgetting): Scores => ({
  generalDivergence: divergence,
  generalPerplexity: perplexity,
  generalBasePerplexity: basePerplexity,
});

/** Whether an evaluation is beyond what the config allows. */
export const forgotTooMuch = (divergence: number | null, { training }: RunConfig): boolean =>
  training.forgetting_limit > 0 && divergence !== null && divergence > training.forgetting_limit;
