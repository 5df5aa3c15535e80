import type { Model } from '../models/model.ts';
import { labelsObjective } from './labels/objective.ts';
import type { Objective } from './objective.ts';
import { picturesObjective } from './pictures/objective.ts';
import { writingObjective } from './writing/objective.ts';

/** What is computed with a model, by what it reads and the head it has. */
export function objectiveOf({ image, classifier }: Model): Objective {
  if (image) return picturesObjective;
  return classifier ? labelsObjective : writingObjective;
}
