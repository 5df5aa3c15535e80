/** Learning rates of losses beside that of imitation: what was measured, and what is usual, is in docs/recipes.md. */
import { judgesAnswers } from './judged/losses.ts';
import { comparesAnswers, lossOf, type PreferenceLoss } from './preference/losses.ts';

/** At billions of parameters it meets 1e-5 for LoRA and 5e-7 for all weights (arXiv 2310.16944). */
const besideReference = 1 / 20;

const ofPairs: Readonly<Record<PreferenceLoss, number>> = {
  DPO: besideReference,
  DPOHinge: besideReference,
  DPOIPO: besideReference,
  DPORobust: besideReference,
  ORPO: 1,
  SimPO: 1 / 5,
};

/** Factor on the learning rate that works for imitation. */
export function rateScale(config: {
  readonly dataset: { readonly problem_type: string };
  readonly training: { readonly loss_function: string };
}): number {
  if (comparesAnswers(config)) return ofPairs[lossOf(config.training.loss_function)];
  return judgesAnswers(config) ? besideReference : 1;
}
