import { AppError } from '../errors.ts';
import { requireTextModel, type TextModel } from '../models/model.ts';
import { taskOfModel } from '../tasks/registry.ts';
import type { ModelSession } from '../training/session/model-session.ts';

/** The model of a session as one that writes. @throws AppError 'task-unsupported' for one that says labels */
export function writerOf({ open: { model } }: Pick<ModelSession, 'open'>): TextModel {
  if (taskOfModel(model).asked === 'chat') return requireTextModel(model);
  throw new AppError('task-unsupported', { modelType: model.modelType, task: 'generation' });
}
