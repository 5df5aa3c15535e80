/** What runs can learn: a row for each task. */
import { textPairColumn } from '../data/columns.ts';
import type { Model } from '../models/model.ts';
import { judged } from './judged/task.ts';
import { labelsTask } from './labels/task.ts';
import { maskedTask } from './masked/task.ts';
import type { Objective } from './objective.ts';
import { pictures } from './pictures/task.ts';
import { preference } from './preference/task.ts';
import { sentencesTask } from './sentences/task.ts';
import type { TaskSettings } from './settings.ts';
import type { Task } from './task.ts';
import { tokensTask } from './tokens/task.ts';
import { writing } from './writing/task.ts';

export const tasks: readonly Task[] = [
  writing,
  preference,
  judged,
  labelsTask,
  tokensTask,
  maskedTask,
  sentencesTask,
  pictures,
];

/** What a run learns. */
export const taskOf = ({ dataset }: { readonly dataset: Pick<TaskSettings['dataset'], 'problem_type'> }): Task =>
  tasks.find(({ problemTypes }) => problemTypes.includes(dataset.problem_type))!;

/** What a run's form depends on: whether its model writes text, and whether its rows are pairs of texts. */
export const rowFacts = ({ dataset }: Pick<TaskSettings, 'dataset'>) => ({
  writes: taskOf({ dataset }).prompt !== undefined,
  textPairs: textPairColumn(dataset) !== undefined,
});

/** What a model was opened for. */
export const taskOfModel = (model: Model): Task => tasks.find(({ isOf }) => isOf(model))!;

/** What is computed with a model. */
export const objectiveOf = (model: Model): Objective => taskOfModel(model).objective;
