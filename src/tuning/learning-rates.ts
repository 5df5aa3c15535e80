import { AppError, because } from '../errors.ts';
import type { Model, ParameterInfo } from '../models/model.ts';
import { isStem } from './selectors.ts';

export interface RateSettings {
  /** BEiT's decay: 1 is none. */
  readonly layer_wise_lr_decay?: number;
  /** Parts of names that have `differential_learning_rate` as their rate. */
  readonly differential_learning_rate_layers?: readonly string[];
  readonly differential_learning_rate?: number;
}

/**
 * The factor on the learning rate of a parameter, by its name (or its module's path) and layer. With the decay d of
 * BEiT (arXiv 2106.08254, appendix): d^(L + 1 − id), what is below the layers having id 0, layer i id i + 1, and the final
 * norm and head the full rate. A rate of its own replaces the decayed one.
 * @throws AppError 'run-config-invalid' where a rate of its own meets no learning rate to compare it with
 */
export function rateFactor(
  model: Model,
  settings: RateSettings,
  learningRate: number | undefined,
): (name: string, layer: number | undefined) => number {
  const decay = settings.layer_wise_lr_decay ?? 1;
  const parts = settings.differential_learning_rate_layers ?? [];
  const own = parts.length === 0 ? 1 : ownFactor(settings.differential_learning_rate, learningRate);
  const lowest = new Set(model.parameters.filter(isBelowLayers).flatMap(({ name, module }) => [name, module]));
  // ALBERT's layers share the parameters of fewer.
  const layers = 1 + Math.max(-1, ...model.parameters.map(({ layer = -1 }) => layer));
  return (name, layer) => {
    if (parts.some((part) => name.includes(part))) return own;
    if (layer !== undefined) return decay ** (layers - layer);
    return lowest.has(name) ? decay ** (layers + 1) : 1;
  };
}

/** The learning rate where a rate of some layers' own is compared with it. Nothing else of a tuning follows from it. */
export const comparedRate = (settings: RateSettings, learningRate: number): number | undefined =>
  settings.differential_learning_rate_layers?.length ? learningRate : undefined;

/** Embeddings with their norm (BERT) and projection (OPT, ELECTRA, ALBERT), or the stem of a ResNet. */
const isBelowLayers = (parameter: ParameterInfo): boolean =>
  parameter.role === 'embedding' ||
  isStem(parameter) ||
  /(?:^|\.)(?:embeddings(?:_project)?|project_in|embedding_hidden_mapping_in)\./.test(parameter.name);

function ownFactor(rate: number | undefined, learningRate: number | undefined): number {
  if (rate !== undefined && learningRate !== undefined && learningRate > 0) return rate / learningRate;
  const key = 'tuning.differential_learning_rate';
  throw new AppError('run-config-invalid', { key, reason: because`it needs a training.learning_rate above 0` });
}
