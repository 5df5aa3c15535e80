/**
 * Mixtures of experts: each row of a matrix is sent to a few of many matrices, by scores that are computed. Which rows go
 * where is known on the device alone; how many there are in all is not: rows · chosen, so every shape is fixed.
 */
import { f32, type OpDefinition, productFlops, requireInputs, requireShape, show } from '../definition.ts';
import { type DType, elementCount, type RouteAttributes, type TensorType, type Value } from '../types.ts';

const i32 = (shape: readonly number[]): TensorType => ({ shape, dtype: 'i32' });

const isMatrix = ({ shape, dtype }: TensorType, type: DType = 'f32'): boolean => shape.length === 2 && dtype === type;

function requireRoute(op: string, logits: TensorType, { chosen }: RouteAttributes): void {
  const fits = isMatrix(logits) && chosen >= 1 && chosen <= logits.shape[1]!;
  requireShape(fits, () => `${op}: no ${chosen} experts of each row of ${show(logits)}`);
}

/**
 * (logits f32 [rows, experts] [, bias f32 [experts]]) → (weights f32 [rows, chosen], experts i32 [rows, chosen]).
 *
 * p is the softmax of a row, or the sigmoid of each number. The `chosen` experts with the largest p + bias are taken, the
 * largest first, of equal ones the one with the lower number. A weight is p, or with `epsilon` p / (Σ p of those chosen +
 * epsilon): with 0 the softmax over the chosen logits alone.
 */
export const route: OpDefinition<'route'> = {
  flops: 'elementwise',
  infer(inputs, attributes) {
    requireInputs(inputs, 'route', 1, 2);
    const [logits, bias] = inputs as [TensorType, TensorType?];
    requireRoute('route', logits, attributes);
    const biasFits = bias === undefined || (bias.dtype === 'f32' && String(bias.shape) === String([logits.shape[1]]));
    requireShape(biasFits, () => `route: ${show(bias)} is no f32 bias of ${show(logits)}`);
    const shape = [logits.shape[0]!, attributes.chosen];
    return [f32(shape), i32(shape)];
  },
  gradient(builder, node, [dWeights]) {
    if (dWeights === undefined) return [];
    const [weights, experts] = [builder.output(node, 0), builder.output(node, 1)];
    return [builder.node('route_backward', [dWeights, node.inputs[0]!, weights, experts], node.attributes)];
  },
};

/** (dWeights, logits, weights, experts) → dLogits; which experts are chosen and the bias count as constants. */
export const route_backward: OpDefinition<'route_backward'> = {
  flops: 'elementwise',
  infer(inputs, attributes) {
    requireInputs(inputs, 'route_backward', 4);
    requireRoute('route_backward', inputs[1]!, attributes);
    return [f32(inputs[1]!.shape)];
  },
};

/**
 * experts i32 [rows, chosen] → (order i32 [rows · chosen], places i32 [rows · chosen], ends i32 [experts]).
 * The numbers row · chosen + j, sorted by expert and then by themselves: `order` lists them, `places` says where each
 * stands, and those of expert e end before `ends[e]`.
 */
export const expert_order: OpDefinition<'expert_order'> = {
  flops: 'elementwise',
  infer(inputs, { experts }) {
    requireInputs(inputs, 'expert_order', 1);
    const [chosen] = inputs as [TensorType];
    requireShape(isMatrix(chosen, 'i32'), () => `expert_order takes i32[rows, chosen], got ${show(chosen)}`);
    const count = elementCount(chosen.shape);
    return [i32([count]), i32([count]), i32([experts])];
  },
  // Whole numbers: constants to gradients.
  gradient: () => [],
};

function requireOrder(op: string, [, order, places, weights]: readonly TensorType[], rows: number): void {
  const count = order!.shape[0]!;
  const isOrder = (type: TensorType): boolean => type.dtype === 'i32' && type.shape.length === 1;
  const fits = isOrder(order!) && isOrder(places!) && places!.shape[0] === count && count % rows === 0;
  requireShape(fits, () => `${op}: ${show(order)} and ${show(places)} are no order of ${rows} rows`);
  const weightsFit = weights === undefined || String(weights.shape) === String([rows, count / rows]);
  requireShape(weightsFit, () => `${op}: ${show(weights)} for ${count} of ${rows} rows`);
}

/**
 * (x [rows, width], order i32 [n], places i32 [n] [, weights [rows, n / rows]]) → [n, width]: row i is row
 * ⌊order[i] · rows / n⌋ of x, times weight number order[i]. `places` is for the gradient alone.
 */
export const gather_rows: OpDefinition<'gather_rows'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'gather_rows', 3, 4);
    const [x, order] = inputs as [TensorType, TensorType];
    requireShape(isMatrix(x), () => `gather_rows takes f32[rows, width], got ${show(x)}`);
    requireOrder('gather_rows', inputs, x.shape[0]!);
    return [f32([order.shape[0]!, x.shape[1]!])];
  },
  gradient(builder, node, [upstream]) {
    if (upstream === undefined) return [];
    const [x, order, places, weights] = node.inputs as [Value, Value, Value, Value?];
    requireShape(weights === undefined, () => 'gather_rows with weights is itself a gradient');
    return [builder.node('combine_rows', [upstream, order, places], { rows: x.shape[0]! })];
  },
};

/**
 * (x [n, width], order i32 [n], places i32 [n] [, weights [rows, n / rows]]) → [rows, width]: row r is the sum over j of
 * row places[r · n / rows + j] of x, times weight (r, j). `order` is for the gradient alone.
 */
export const combine_rows: OpDefinition<'combine_rows'> = {
  flops: 'elementwise',
  infer(inputs, { rows }) {
    requireInputs(inputs, 'combine_rows', 3, 4);
    const [x, order] = inputs as [TensorType, TensorType];
    requireShape(isMatrix(x) && x.shape[0] === order.shape[0], () => `combine_rows: ${show(x)} by ${show(order)}`);
    requireOrder('combine_rows', inputs, rows);
    return [f32([rows, x.shape[1]!])];
  },
  gradient(builder, node, [upstream], needs) {
    if (upstream === undefined) return [];
    const [x, ...order] = node.inputs as [Value, ...Value[]];
    const dWeights = () =>
      builder.reshape(builder.node('combine_rows_backward', [upstream, x, order[1]!], {}), node.inputs[3]!.shape);
    return [
      needs[0] ? builder.node('gather_rows', [upstream, ...order], {}) : undefined,
      undefined,
      undefined,
      needs[3] ? dWeights() : undefined,
    ];
  },
};

/** (a [rows, width], b [n, width], places i32 [n]) → f32 [n]: number i is row ⌊i · rows / n⌋ of a times row places[i] of b. */
export const combine_rows_backward: OpDefinition<'combine_rows_backward'> = {
  flops: ({ inputs: [, b] }) => productFlops([b!.shape[0]!], b!.shape[1]!),
  infer(inputs) {
    requireInputs(inputs, 'combine_rows_backward', 3);
    const [a, b, places] = inputs as [TensorType, TensorType, TensorType];
    const fits = isMatrix(a) && isMatrix(b) && a.shape[1] === b.shape[1] && b.shape[0]! % a.shape[0]! === 0;
    requireShape(fits, () => `combine_rows_backward: ${show(a)} and ${show(b)} do not fit`);
    return [f32(places.shape)];
  },
};

function requireEnds(op: string, ends: TensorType, experts: number): void {
  const fits = ends.dtype === 'i32' && String(ends.shape) === String([experts]);
  requireShape(fits, () => `${op}: ${show(ends)} are no ends of ${experts} experts`);
}

/**
 * (x [n, in], weights [experts, out, in] of any floating type, ends i32 [experts]) → f32 [n, out]: the rows of expert e,
 * from ends[e − 1] to ends[e], times its matrix transposed; with `transposed` x is [n, out], the matrix is taken as it lies,
 * and the result is [n, in].
 */
export const expert_matmul: OpDefinition<'expert_matmul'> = {
  flops: ({ inputs: [x], outputs: [y] }) => productFlops(y!.shape, x!.shape[1]!),
  infer(inputs, { transposed }) {
    requireInputs(inputs, 'expert_matmul', 3);
    const [x, weights, ends] = inputs as [TensorType, TensorType, TensorType];
    const [experts, out, width] = weights.shape as [number, number, number];
    const [taken, given] = transposed ? [out, width] : [width, out];
    const fits = isMatrix(x) && weights.shape.length === 3 && x.shape[1] === taken;
    requireShape(fits, () => `expert_matmul: ${show(x)} by ${show(weights)}`);
    requireEnds('expert_matmul', ends, experts);
    return [f32([x.shape[0]!, given])];
  },
  gradient(builder, node, [upstream], needs) {
    if (upstream === undefined) return [];
    const [x, weights, ends] = node.inputs as [Value, Value, Value];
    const { transposed } = node.attributes;
    const sides = transposed ? [x, upstream, ends] : [upstream, x, ends];
    return [
      needs[0] ? builder.node('expert_matmul', [upstream, weights, ends], { transposed: !transposed }) : undefined,
      needs[1] ? builder.node('expert_matmul_backward', sides, {}) : undefined,
    ];
  },
};

/** (dy [n, out], x [n, in], ends i32 [experts]) → [experts, out, in]: of each expert dyᵀ·x of its rows, zeros where it has none. */
export const expert_matmul_backward: OpDefinition<'expert_matmul_backward'> = {
  flops: ({ inputs: [dy, x] }) => productFlops(dy!.shape, x!.shape[1]!),
  accumulates: [0],
  infer(inputs) {
    requireInputs(inputs, 'expert_matmul_backward', 3);
    const [dy, x, ends] = inputs as [TensorType, TensorType, TensorType];
    const fits = isMatrix(dy) && isMatrix(x) && dy.shape[0] === x.shape[0];
    requireShape(fits, () => `expert_matmul_backward: ${show(dy)} and ${show(x)} do not fit`);
    requireEnds('expert_matmul_backward', ends, ends.shape[0]!);
    return [f32([ends.shape[0]!, dy.shape[1]!, x.shape[1]!])];
  },
};
