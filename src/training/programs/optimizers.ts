import type { GraphBuilder } from '../../graph/builder.ts';
import { momentBlocks, momentWords } from '../../graph/dynamic-map.ts';
import {
  elementCount,
  type OpAttributes,
  type OptimizerAttributes,
  type OptimizerOp,
  type TensorType,
  type Value,
} from '../../graph/types.ts';
import type { TrainableParameter } from '../../tuning/tuning.ts';
import type { RunConfig } from '../config/run-config.ts';

/** The part of the run config that says how weights are updated. */
export type OptimizerSettings = Pick<
  RunConfig['training'],
  'optimizer' | 'weight_decay' | 'adam_beta1' | 'adam_beta2' | 'adam_epsilon'
>;

/** What the words of a state are; means of squares, and the largest of absolute values, are never below 0. */
export type StateValues = 'number' | 'not-negative' | 'codes';

/** What one state is of a parameter of that shape, and what stands before the parameter's name in its own. */
type State = readonly [prefix: string, type: (shape: readonly number[]) => TensorType, values: StateValues];

const sameShape = (prefix: string): State => [prefix, (shape) => ({ shape, dtype: 'f32' }), 'number'];
const ofSquares = (prefix: string): State => [prefix, (shape) => ({ shape, dtype: 'f32' }), 'not-negative'];
const codes = (prefix: string): State => [
  prefix,
  (shape) => ({ shape: [momentBlocks(elementCount(shape)), momentWords], dtype: 'u32' }),
  'codes',
];
const ofBlocks = (prefix: string): State => [
  prefix,
  (shape) => ({ shape: [momentBlocks(elementCount(shape))], dtype: 'f32' }),
  'not-negative',
];

/** One update rule: the operation, its constants and its states, which begin as zeros. */
interface Rule<O extends OptimizerOp> {
  readonly op: O;
  readonly states: readonly State[];
  constants(settings: OptimizerSettings): Omit<OpAttributes[O], keyof OptimizerAttributes>;
}

type AnyRule = { [O in OptimizerOp]: Rule<O> }[OptimizerOp];

/** β₁, β₂ and ε of Adam's update. */
export const adamConstants = ({ adam_beta1, adam_beta2, adam_epsilon }: OptimizerSettings) => ({
  beta1: adam_beta1,
  beta2: adam_beta2,
  epsilon: adam_epsilon,
});
const adam = (decay: OpAttributes['adamw']['decay']): AnyRule => ({
  op: 'adamw',
  states: [sameShape('moment1'), ofSquares('moment2')],
  constants: (settings) => ({ ...adamConstants(settings), decay }),
});
const adamW = adam('decoupled');

/** Constants that are no settings are torch.optim's defaults, beside momentum and α of 0.9 as H2O LLM Studio has them. */
const rules: { readonly [name in OptimizerSettings['optimizer']]: AnyRule } = {
  AdamW: adamW,
  Adam: adam('gradient'),
  AdamW8bit: {
    op: 'adamw_8bit',
    states: [codes('moment1'), ofBlocks('largest1'), codes('moment2'), ofBlocks('largest2')],
    constants: adamConstants,
  },
  SGD: { op: 'sgd', states: [sameShape('momentum')], constants: () => ({ momentum: 0.9 }) },
  RMSprop: {
    op: 'rmsprop',
    states: [ofSquares('square'), sameShape('momentum')],
    constants: () => ({ alpha: 0.9, momentum: 0.9, epsilon: 1e-8 }),
  },
  Adadelta: {
    op: 'adadelta',
    states: ['square', 'delta'].map(ofSquares),
    constants: () => ({ rho: 0.9, epsilon: 1e-6 }),
  },
};

/** bitsandbytes keeps the moments of smaller tensors whole. */
const leastCoded = 4096;

const ruleOf = ({ optimizer }: OptimizerSettings, shape: readonly number[]): AnyRule =>
  optimizer === 'AdamW8bit' && elementCount(shape) < leastCoded ? adamW : rules[optimizer];

/** A persistent buffer that an optimizer keeps for a parameter. */
export interface OptimizerState extends TensorType {
  readonly name: string;
  readonly values: StateValues;
}

type Updated = Pick<TrainableParameter, 'name' | 'shape'>;

/** What the optimizer keeps of a parameter, in the order in which the update takes it. */
export const optimizerStates = (settings: OptimizerSettings, { name, shape }: Updated): OptimizerState[] =>
  ruleOf(settings, shape).states.map(([prefix, type, values]) => ({
    name: `${prefix}/${name}`,
    ...type(shape),
    values,
  }));

/** Adds the update of a parameter from its gradient. `hyper` and `norm` are those of the optimizers' operations. */
export function addUpdate(
  builder: GraphBuilder,
  settings: OptimizerSettings,
  parameter: TrainableParameter,
  { value, gradient, hyper, norm }: { readonly [name in 'value' | 'gradient' | 'hyper' | 'norm']: Value },
): void {
  const { op, constants } = ruleOf(settings, parameter.shape);
  const states = optimizerStates(settings, parameter).map(({ name, shape, dtype }) =>
    builder.parameter(name, { shape, dtype }, 'optimizer'),
  );
  builder.nodeOutputs<OptimizerOp>(op, [value, gradient, ...states, hyper, norm], {
    ...constants(settings),
    weightDecay: parameter.decay ? settings.weight_decay : 0,
    learningRateFactor: parameter.learningRateFactor,
  });
}
