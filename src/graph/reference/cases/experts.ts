import type { RouteAttributes, Value, WeightDType } from '../../types.ts';
import { type CaseBuilder, type OpCase, opCase, seededNumbers } from '../case-data.ts';

interface Routed extends RouteAttributes {
  readonly rows: number;
  readonly experts: number;
  readonly bias?: true;
}

const routes: readonly Routed[] = [
  { rows: 1, experts: 1, chosen: 1, score: 'sigmoid' },
  { rows: 7, experts: 5, chosen: 2, score: 'softmax' },
  { rows: 67, experts: 64, chosen: 8, score: 'softmax' },
  { rows: 5, experts: 40, chosen: 8, score: 'softmax', epsilon: 0 },
  { rows: 9, experts: 3, chosen: 3, score: 'softmax', epsilon: 0 },
  { rows: 7, experts: 5, chosen: 2, score: 'sigmoid' },
  { rows: 131, experts: 32, chosen: 4, score: 'sigmoid', epsilon: 1e-6, bias: true },
];

const titleOf = ({ rows, experts, chosen, score, epsilon, bias }: Routed): string =>
  `${chosen} of ${experts} for ${rows} rows by ${score}${epsilon === undefined ? '' : ` over a sum + ${epsilon}`}${bias ? ' and a bias' : ''}`;

function routed(data: CaseBuilder, { rows, experts, bias, ...attributes }: Routed) {
  const logits = data.input('logits', [rows, experts]);
  return { logits, attributes, bias: bias ? data.parameter('bias', [experts]) : undefined };
}

/** Indices are seen through what is read at them: outputs are f32. */
const routeCases = routes.flatMap((each) => [
  opCase(`route ${titleOf(each)}`, each.experts, (data) => {
    const { logits, attributes, bias } = routed(data, each);
    const { weights, order } = data.builder.route(logits, attributes, bias);
    const x = data.input('x', [each.rows, 3]);
    const sorted = data.builder.gatherRows(x, order);
    // A matrix for each expert that multiplies by its number.
    const numbers = Array.from({ length: each.experts }, (_, e) => e + 1);
    const matrices = data.parameter('numbers', [each.experts, 1, 1], { values: numbers });
    const ones = data.builder.constant(1, [each.rows * each.chosen, 1]);
    return { weights, sorted, experts: data.builder.expertMatmul(ones, matrices, order) };
  }),
  opCase(`route_backward ${titleOf(each)}`, each.experts, (data) => {
    const { logits, attributes, bias } = routed(data, each);
    const inputs = bias ? [logits, bias] : [logits];
    const outputs = data.builder.nodeOutputs('route', inputs, attributes);
    const dWeights = data.input('dWeights', outputs[0]!.shape);
    return { dLogits: data.builder.node('route_backward', [dWeights, logits, ...outputs], attributes) };
  }),
]);

/** Where every row goes to one expert of several, the others have none. */
const oneForAll = opCase('route with the same expert for all of 70 rows', 8, (data) => {
  const values = Array.from({ length: 70 * 5 }, (_, i) => (i % 5 === 3 ? 9 : Math.sin(i)));
  const logits = data.input('logits', [70, 5], values);
  const { order, weights } = data.builder.route(logits, { chosen: 1, score: 'softmax' });
  const x = data.builder.gatherRows(data.input('x', [70, 6]), order);
  const y = data.builder.expertMatmul(x, data.parameter('w', [5, 7, 6]), order);
  const gradient = data.builder.node('expert_matmul_backward', [y, x, order.ends], {});
  return { y: data.builder.combineRows(y, order, weights), gradient };
});

/** Rows, how many experts each is sent to, and the width. */
const moves = [
  [1, 1, 1],
  [7, 2, 5],
  [67, 3, 130],
  [5, 8, 64],
] as const;

/** A permutation and its inverse, the same for a number. */
function shuffled(data: CaseBuilder, count: number): { order: Value; places: Value } {
  const keys = seededNumbers('order', count);
  const order = [...keys.keys()].sort((a, b) => keys[a]! - keys[b]!);
  const places = new Array<number>(count);
  order.forEach((number, place) => {
    places[number] = place;
  });
  return { order: data.integers('order', [count], order), places: data.integers('places', [count], places) };
}

const moveCases = moves.flatMap(([rows, each, width]) => {
  const title = `${rows} rows of ${width}, each ${each} times`;
  const count = rows * each;
  return [false, true].flatMap((weighted) => {
    const weights = (data: CaseBuilder): Value[] => (weighted ? [data.input('weights', [rows, each])] : []);
    const how = weighted ? ' with weights' : '';
    return [
      opCase(`gather_rows of ${title}${how}`, 1, (data) => {
        const { order, places } = shuffled(data, count);
        const x = data.input('x', [rows, width]);
        return { y: data.builder.node('gather_rows', [x, order, places, ...weights(data)], {}) };
      }),
      opCase(`combine_rows of ${title}${how}`, each, (data) => {
        const { order, places } = shuffled(data, count);
        const x = data.input('x', [count, width]);
        return { y: data.builder.node('combine_rows', [x, order, places, ...weights(data)], { rows }) };
      }),
      ...(weighted
        ? [
            opCase(`combine_rows_backward of ${title}`, width, (data) => {
              const { places } = shuffled(data, count);
              const inputs = [data.input('a', [rows, width]), data.input('b', [count, width]), places];
              return { y: data.builder.node('combine_rows_backward', inputs, {}) };
            }),
          ]
        : []),
    ];
  });
});

interface Products {
  /** How many rows each expert has. */
  readonly rows: readonly number[];
  readonly width: number;
  readonly out: number;
}

const products: readonly Products[] = [
  { rows: [1], width: 1, out: 1 },
  { rows: [3, 0, 5, 1], width: 7, out: 5 },
  { rows: [0, 67, 0, 33, 2, 0], width: 34, out: 131 },
  { rows: [40, 0, 9], width: 64, out: 48 },
  { rows: [1, 1, 0, 1, 1], width: 132, out: 68 },
  { rows: [130, 70], width: 16, out: 20 },
];

const endsOf = (data: CaseBuilder, rows: readonly number[]): Value => {
  let end = 0;
  const ends = rows.map((count) => {
    end += count;
    return end;
  });
  return data.integers('ends', [rows.length], ends);
};

function productCases({ rows, width, out }: Products, dtype: WeightDType): OpCase[] {
  const count = rows.reduce((a, b) => a + b);
  const title = `${rows} rows by ${out}×${width} ${dtype}`;
  return [false, true].map((transposed) =>
    opCase(`expert_matmul of ${title}${transposed ? ' as it lies' : ''}`, transposed ? out : width, (data) => {
      const x = data.input('x', [count, transposed ? out : width]);
      const weights = data.parameter('weights', [rows.length, out, width], { dtype });
      return { y: data.builder.node('expert_matmul', [x, weights, endsOf(data, rows)], { transposed }) };
    }),
  );
}

const gradientCasesOf = ({ rows, width, out }: Products): OpCase[] => {
  const count = rows.reduce((a, b) => a + b);
  const title = `${rows} rows by ${out}×${width}`;
  const inputs = (data: CaseBuilder) => [
    data.input('dy', [count, out]),
    data.input('x', [count, width]),
    endsOf(data, rows),
  ];
  return [
    opCase(`expert_matmul_backward of ${title}`, count, (data) => ({
      y: data.builder.node('expert_matmul_backward', inputs(data), {}),
    })),
    opCase(`expert_matmul_backward into a sum of ${title}`, count, (data) => {
      const sum = data.parameter('sum', [rows.length, out, width], { kind: 'gradient' });
      const gradient = data.builder.node('expert_matmul_backward', inputs(data), {});
      data.builder.accumulate(sum, gradient, data.input('keep', [], [1]));
      return {};
    }),
  ];
};

export const expertCases: readonly OpCase[] = [
  ...routeCases,
  oneForAll,
  ...moveCases,
  ...products.flatMap((each) => [...productCases(each, 'f32'), ...gradientCasesOf(each)]),
  ...(['bf16', 'int8', 'nf4'] as const).flatMap((dtype) =>
    products.slice(1, 5).flatMap((each) => productCases(each, dtype)),
  ),
  ...(['f16', 'int4', 'fp4'] as const).flatMap((dtype) => productCases(products[2]!, dtype)),
];
