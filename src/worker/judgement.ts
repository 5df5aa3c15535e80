import { probabilities } from '../tasks/scores.ts';
import type { ModelSession } from '../training/model-session.ts';
import type { Judgement } from './protocol.ts';

/** Logits of a classifier as the page shows them. */
export function judgement({ open }: ModelSession, logits: ArrayLike<number>): Judgement {
  const { problem, names } = open.model.classifier!;
  if (problem === 'regression') return { classes: [], value: logits[0]! };
  const classes = probabilities(problem, logits).map((chance, index) => ({
    name: names[index] ?? `LABEL_${index}`,
    chance,
  }));
  return { classes, value: null };
}
