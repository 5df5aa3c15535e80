import { AppError } from '../../errors.ts';
import type { QuantisedDType } from '../../graph/quantisation.ts';
import { vocabularyHead } from '../../models/heads.ts';
import type { Model, ParameterInfo } from '../../models/model.ts';
import type { DTypes } from '../../tuning/seams.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import type { RunConfig } from '../config/run-config.ts';

export type KeptWeights = RunConfig['model']['weights'];

/** What is known of a model's weights before they are read. */
export interface PublishedModel {
  readonly model: Model;
  /** What the values of each parameter are published in. */
  readonly dtypes: DTypes;
  /** The few bits that a matrix is published in; absent or undefined where it is not. */
  readonly codedAs?: ((parameter: string) => QuantisedDType | undefined) | undefined;
}

/**
 * The type in which each weight is kept: the frozen matrices of linear layers and experts as `weights` says, everything else as it
 * was published. Embeddings and the head stay whole, as in QLoRA (arXiv 2305.14314) and bitsandbytes; but beside int4 the head,
 * and with it the table that it is tied to, takes 8 bits: it would be a sixth of a 7B in memory, and is off by a fifteenth of
 * what the other matrices are.
 * @throws AppError 'nothing-quantised' where every matrix is trained, which takes it whole
 */
export function keptDTypes(
  { model, dtypes, codedAs }: PublishedModel,
  weights: KeptWeights,
  tuning: Tuning | null,
): DTypes {
  if (weights === 'as-published' && !codedAs) return dtypes;
  const quantised = new Set(
    model.parameters.filter((parameter) => isMatrix(parameter) && !isWhole(tuning, parameter.name)).map(nameOf),
  );
  if (weights === 'as-published')
    return (parameter) => (quantised.has(parameter) && codedAs?.(parameter)) || dtypes(parameter);
  if (quantised.size === 0) throw new AppError('nothing-quantised', { weights });
  const head = headInEightBits(model, weights, tuning);
  return (parameter) => {
    if (quantised.has(parameter)) return weights;
    return parameter === head ? 'int8' : dtypes(parameter);
  };
}

/** The matrix that makes logits of tokens, where it is published and stays as it is, and takes 8 bits. */
export function headInEightBits(model: Model, weights: KeptWeights, tuning: Tuning | null): string | undefined {
  if (weights !== 'int4') return undefined;
  const head = model.parameters.find(({ name }) => name === vocabularyHead(model));
  return head !== undefined && head.fresh === undefined && !isWhole(tuning, head.name) ? head.name : undefined;
}

/** Whether a matrix takes its values whole, whatever the others take. */
const isWhole = (tuning: Tuning | null, name: string): boolean =>
  tuning !== null && (tuning.trained.has(name) || tuning.adapter?.residuals?.has(name) === true);

/** Matrices that a checkpoint may lack (BERT's pooler) stay whole: there may be nothing to stream. */
const isMatrix = ({ role, shape, fresh }: ParameterInfo): boolean =>
  ((role === 'linear' && shape.length === 2) || role === 'experts') && fresh === undefined;
const nameOf = ({ name }: ParameterInfo): string => name;
