import { toAppError } from '../../errors.ts';
import { selectParameters } from '../../tuning/select.ts';
import type { OpenedModel } from '../models/opened-model.ts';
import type { Selector } from './messages.ts';

/** Names by a rule; a rule that picks nothing gives none instead of an error, since the page says so itself. */
export function selectNames({ open }: OpenedModel, selector: Selector): readonly string[] {
  try {
    return selector.kind === 'none' ? [] : selectParameters(open.model.parameters, entryOf(selector));
  } catch (thrown) {
    if (toAppError(thrown).code === 'nothing-matched') return [];
    throw thrown;
  }
}

/** The selector as `train_parameters` writes it. */
function entryOf(selector: Selector): Readonly<Record<string, unknown>> {
  switch (selector.kind) {
    case 'contains':
      return selector.except ? { not_contains: selector.text } : { contains: selector.text };
    case 'glob':
      return { glob: selector.pattern };
    case 'regex':
      return { regex: selector.pattern };
    case 'nearest-input':
      return { nearest_input: selector.percent };
    case 'nearest-output':
      return { nearest_output: selector.percent };
    case 'random':
      return { random: selector.percent, seed: selector.seed, mode: selector.mode };
    case 'freeze-embeddings-and-first':
      return { freeze_first_layers: selector.layers, match: selector.match };
    case 'last-layers':
      return { last_layers: selector.layers };
    case 'bias-only':
      return { bias_only: true };
    case 'norms-only':
      return { norms_only: true };
    default:
      return { all: true };
  }
}
