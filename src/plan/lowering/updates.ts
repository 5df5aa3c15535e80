import type { GraphNode, NodeOf, OptimizerOp, Value } from '../../graph/types.ts';
import type { Named, Uniforms } from '../kernels.ts';
import type { Storage } from '../storage.ts';
import type { BufferRange } from '../types.ts';
import { flatWorkgroups, type Lowering } from './context.ts';
import { byPlace, endOf, follows, rangesOf } from './state.ts';

/** Those whose states lie as the parameter does, element by element. */
type ElementOp = Exclude<OptimizerOp, 'adamw_8bit'>;
export type UpdateNode = Extract<GraphNode, { op: ElementOp }>;

/** What an update touches: the ranges of the parameter, its gradient and its states. */
interface Update {
  readonly node: UpdateNode;
  ranges: BufferRange[];
}

/**
 * All updates of a program at once: neighbours with equal settings whose parameters, gradients and states stand side by
 * side in the same order become one dispatch.
 */
export function lowerUpdates(lowering: Lowering, nodes: readonly UpdateNode[]): void {
  const updates: Update[] = nodes.flatMap((node) => {
    const columns = node.inputs.slice(0, -2).map((input) => parameterRanges(lowering, input));
    return columns[0]!.map((_, segment) => ({ node, ranges: columns.map((ranges) => ranges[segment]!) }));
  });
  updates.sort((a, b) => byPlace(a.ranges[0]!, b.ranges[0]!));
  const packed: Update[] = [];
  for (const update of updates) {
    const last = packed.at(-1);
    if (last !== undefined && canJoin(last, update, lowering.profile.maxStorageBufferBindingSize)) {
      last.ranges = last.ranges.map((range, i) => ({ ...range, bytes: endOf(update.ranges[i]!) - range.offset }));
    } else {
      packed.push({ node: update.node, ranges: [...update.ranges] });
    }
  }
  for (const update of packed) emitUpdate(lowering, update);
  for (const node of nodes) for (const input of node.inputs) lowering.release(input);
}

/** The segments of a parameter that is updated in place. */
function parameterRanges(lowering: Lowering, value: Value): BufferRange[] {
  const location = lowering.locate(value);
  if (location.kind === 'one') throw new Error('only parameters are updated');
  return rangesOf(location.tensor);
}

function canJoin(last: Update, next: Update, largest: number): boolean {
  const settings = ({ node }: Update): string => JSON.stringify([node.op, node.attributes]);
  return (
    settings(last) === settings(next) &&
    last.ranges.every((range, i) => follows(range, next.ranges[i]!) && endOf(next.ranges[i]!) - range.offset <= largest)
  );
}

function emitUpdate(lowering: Lowering, { node, ranges }: Update): void {
  const count = ranges[0]!.bytes / 4;
  const [parameter, gradient, ...states] = ranges.map((range): Storage => ({ kind: 'fixed', range })) as [
    Storage,
    Storage,
    ...Storage[],
  ];
  const [hyper, norm] = node.inputs.slice(-2).map((input) => lowering.storage(input)) as [Storage, Storage];
  const named = Object.fromEntries(stateNames[node.op].map((name, index) => [name, states[index]]));
  lowering.emit<ElementOp>({
    spec: { kernel: node.op },
    storages: { parameter, gradient, ...named, hyper, norm },
    uniforms: { count, ...uniformsOf(node) },
    workgroups: flatWorkgroups(count, lowering.profile),
    flops: 15 * count,
  });
}

/** What the kernel calls the states of a parameter, in the order of the operation's inputs. */
const stateNames: { readonly [O in ElementOp]: readonly (keyof Named<O, Storage>)[] } = {
  adamw: ['moment1', 'moment2'],
  sgd: ['momentum'],
  rmsprop: ['square', 'momentum'],
  adadelta: ['square', 'delta'],
};

/** The constants of an update; what is left of 1 comes along, for in f32 the difference would be rounded. */
const uniforms: { readonly [O in ElementOp]: (node: NodeOf<O>) => Omit<Uniforms<O>, 'count'> } = {
  adamw({ attributes: { weightDecay, decay, ...constants } }) {
    const { beta1, beta2 } = constants;
    return {
      ...constants,
      oneMinusBeta1: 1 - beta1,
      oneMinusBeta2: 1 - beta2,
      decoupledDecay: decay === 'decoupled' ? weightDecay : 0,
      gradientDecay: decay === 'gradient' ? weightDecay : 0,
    };
  },
  sgd: ({ attributes: { weightDecay, ...constants } }) => ({ ...constants, gradientDecay: weightDecay }),
  rmsprop: ({ attributes: { weightDecay, ...constants } }) => ({
    ...constants,
    oneMinusAlpha: 1 - constants.alpha,
    gradientDecay: weightDecay,
  }),
  adadelta: ({ attributes: { weightDecay, ...constants } }) => ({
    ...constants,
    oneMinusRho: 1 - constants.rho,
    gradientDecay: weightDecay,
  }),
};

type UniformsOf = (node: UpdateNode) => Omit<Uniforms<ElementOp>, 'count'>;
const uniformsOf: UniformsOf = (node) => (uniforms[node.op] as UniformsOf)(node);
