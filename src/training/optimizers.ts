import type { GraphBuilder } from '../graph/builder.ts';
import type { OpAttributes, OptimizerAttributes, OptimizerOp, TensorType, Value } from '../graph/types.ts';
import type { TrainableParameter } from '../tuning/tuning.ts';
import type { RunConfig } from './run-config.ts';

/** The part of the run config that says how weights are updated. */
export type OptimizerSettings = Pick<RunConfig['training'], 'optimizer' | 'weight_decay'>;

/** Adam as PyTorch defines it by default. */
export const adamConstants = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** One update rule: the operation, its constants, and the prefixes of its states' names. */
interface Rule<O extends OptimizerOp> {
  readonly op: O;
  readonly states: readonly string[];
  readonly constants: Omit<OpAttributes[O], keyof OptimizerAttributes>;
}

type AnyRule = { [O in OptimizerOp]: Rule<O> }[OptimizerOp];

const adam = { op: 'adamw', states: ['moment1', 'moment2'] } as const;

/** Constants are torch.optim's defaults, beside momentum and α of 0.9 as H2O LLM Studio has them. */
const rules: { readonly [name in OptimizerSettings['optimizer']]?: AnyRule } = {
  AdamW: { ...adam, constants: { ...adamConstants, decay: 'decoupled' } },
  Adam: { ...adam, constants: { ...adamConstants, decay: 'gradient' } },
  SGD: { op: 'sgd', states: ['momentum'], constants: { momentum: 0.9 } },
  RMSprop: { op: 'rmsprop', states: ['square', 'momentum'], constants: { alpha: 0.9, momentum: 0.9, epsilon: 1e-8 } },
  Adadelta: { op: 'adadelta', states: ['square', 'delta'], constants: { rho: 0.9, epsilon: 1e-6 } },
};

const ruleOf = ({ optimizer }: OptimizerSettings): AnyRule => rules[optimizer]!;

/** A persistent buffer that an optimizer keeps for a parameter; it begins as zeros. */
export interface OptimizerState extends TensorType {
  readonly name: string;
}

type Updated = Pick<TrainableParameter, 'name' | 'shape'>;

/** What the optimizer keeps of a parameter, in the order in which the update takes it. */
export const optimizerStates = (settings: OptimizerSettings, { name, shape }: Updated): OptimizerState[] =>
  ruleOf(settings).states.map((prefix) => ({ name: `${prefix}/${name}`, shape, dtype: 'f32' }));

/** Adds the update of a parameter from its gradient. `hyper` and `norm` are those of the optimizers' operations. */
export function addUpdate(
  builder: GraphBuilder,
  settings: OptimizerSettings,
  parameter: TrainableParameter,
  { value, gradient, hyper, norm }: { readonly [name in 'value' | 'gradient' | 'hyper' | 'norm']: Value },
): void {
  const { op, constants } = ruleOf(settings);
  const states = optimizerStates(settings, parameter).map(({ name, ...type }) =>
    builder.parameter(name, type, 'optimizer'),
  );
  builder.nodeOutputs<OptimizerOp>(op, [value, gradient, ...states, hyper, norm], {
    ...constants,
    weightDecay: parameter.decay ? settings.weight_decay : 0,
    learningRateFactor: parameter.learningRateFactor,
  });
}
