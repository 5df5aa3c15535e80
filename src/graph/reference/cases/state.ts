import { momentBlocks, momentWords } from '../../dynamic-map.ts';
import { mix32 } from '../../random.ts';
import { elementCount, type OptimizerOp, type Value } from '../../types.ts';
import { type CaseBuilder, type OpCase, opCase, seededNumbers } from '../case-data.ts';

const accumulateCase = (shape: readonly number[], keep: number, start: 'numbers' | 'NaN'): OpCase =>
  opCase(`accumulate [${shape}] onto ${start}, keep ${keep}`, 1, (data) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const values = start === 'NaN' ? Array<number>(count).fill(Number.NaN) : seededNumbers('target', count);
    const target = data.parameter('target', shape, { kind: 'gradient', values });
    data.builder.accumulate(target, data.input('value', shape), data.input('keep', [], [keep]));
    return {};
  });

const cacheCase = (capacity: number, width: number, positions: readonly number[]): OpCase =>
  opCase(`cache_write ${positions.length} of ${capacity}×${width}`, 1, (data) => {
    const cache = data.parameter('cache', [capacity, width], { kind: 'cache' });
    const value = data.input('value', [positions.length, width]);
    const written = data.builder.cacheWrite(cache, value, data.integers('positions', [positions.length], positions));
    return { twice: data.builder.scale(written, 2) };
  });

const normCase = (...shapes: (readonly number[])[]): OpCase =>
  opCase(`global_norm of ${shapes.map((shape) => `[${shape}]`).join(' ')}`, 4096, (data) => ({
    norm: data.builder.globalNorm(shapes.map((shape, i) => data.input(`g${i}`, shape))),
  }));

interface Update {
  readonly norm: number;
  readonly maximumNorm: number;
  readonly step: number;
  readonly weightDecay?: number;
  readonly factor?: number;
}

/** Constants and states of each optimizer; the names are those of its kernel's bindings. */
const optimizers = {
  adamw: [{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 'decoupled' }, 'moment1', 'moment2'],
  adam: [{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 'gradient' }, 'moment1', 'moment2'],
  sgd: [{ momentum: 0.9 }, 'momentum'],
  rmsprop: [{ alpha: 0.9, momentum: 0.9, epsilon: 1e-8 }, 'square', 'momentum'],
  adadelta: [{ rho: 0.9, epsilon: 1e-6 }, 'square', 'delta'],
} as const;

type Optimizer = keyof typeof optimizers;

function updateCase(optimizer: Optimizer, name: string, shape: readonly number[], update: Update): OpCase {
  const { norm, maximumNorm, step, weightDecay = 0.01, factor = 1 } = update;
  return opCase(`${optimizer} [${shape}], ${name}`, 1, (data) => {
    const [constants, ...states] = optimizers[optimizer];
    const count = shape.reduce((a, b) => a * b, 1);
    const started = seededNumbers('moment2', count).map((x) => x * x);
    const values = step === 1 ? Array<number>(count).fill(0) : started;
    const inputs = [
      data.parameter('parameter', shape, { kind: 'trained' }),
      data.parameter('gradient', shape, { kind: 'gradient' }),
      ...states.map((state) => data.parameter(state, shape, { kind: 'optimizer', values })),
      data.input('hyper', [4], [3e-2, 1 - 0.9 ** step, 1 - 0.999 ** step, maximumNorm]),
      data.input('norm', [], [norm]),
    ];
    const op = optimizer === 'adam' ? 'adamw' : optimizer;
    data.builder.nodeOutputs<OptimizerOp>(op, inputs, { ...constants, weightDecay, learningRateFactor: factor });
    return {};
  });
}

/** Seeded words of codes and largest magnitudes of both moments, which differ much from block to block. */
function codedStates(data: CaseBuilder, name: string, blocks: number, step: number): Value[] {
  const started = (values: number[]): number[] => (step === 1 ? values.map(() => 0) : values);
  return [1, 2].flatMap((moment) => {
    const words = seededNumbers(`${name}words${moment}`, blocks * momentWords).map((x) => mix32(1e6 * x));
    const largest = seededNumbers(`${name}largest${moment}`, blocks).map((x, i) => x * x * 10 ** -(i % 3));
    const shape = [blocks, momentWords];
    return [
      data.parameter(`words${moment}/${name}`, shape, { dtype: 'u32', kind: 'optimizer', values: started(words) }),
      data.parameter(`largest${moment}/${name}`, [blocks], { kind: 'optimizer', values: started(largest) }),
    ];
  });
}

/** The second run reads the codes that the first wrote. */
function codedUpdateCase(name: string, shapes: readonly (readonly number[])[], update: Update): OpCase {
  const { norm, maximumNorm, step, weightDecay = 0.01, factor = 1 } = update;
  return opCase(`adamw_8bit ${shapes.map((shape) => `[${shape}]`).join(' ')}, ${name}`, 1, (data) => {
    const hyper = data.input('hyper', [4], [3e-2, 1 - 0.9 ** step, 1 - 0.999 ** step, maximumNorm]);
    const norms = data.input('norm', [], [norm]);
    shapes.forEach((shape, index) => {
      const tensor = `p${index}`;
      const inputs = [
        data.parameter(tensor, shape, { kind: 'trained' }),
        data.parameter(`gradient/${tensor}`, shape, { kind: 'gradient' }),
        ...codedStates(data, tensor, momentBlocks(elementCount(shape)), step),
      ];
      const settings = { weightDecay: weightDecay * index, learningRateFactor: factor };
      const constants = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...settings };
      data.builder.nodeOutputs('adamw_8bit', [...inputs, hyper, norms], constants);
    });
    return {};
  });
}

const updateCases = (optimizer: Optimizer): OpCase[] => [
  updateCase(optimizer, 'first step', [7, 13], { norm: 3, maximumNorm: 0, step: 1 }),
  updateCase(optimizer, 'clipped', [8, 2048], { norm: 37, maximumNorm: 1, step: 20 }),
  updateCase(optimizer, 'below the maximum norm', [1], { norm: 0.5, maximumNorm: 1, step: 3 }),
  updateCase(optimizer, 'no decay, own rate', [131], {
    norm: 2,
    maximumNorm: 1,
    step: 7,
    weightDecay: 0,
    factor: 0.25,
  }),
  updateCase(optimizer, 'norm not finite', [5], { norm: Number.POSITIVE_INFINITY, maximumNorm: 1, step: 2 }),
  updateCase(optimizer, 'norm not a number', [5], { norm: Number.NaN, maximumNorm: 0, step: 2 }),
];

export const stateCases: readonly OpCase[] = [
  accumulateCase([1], 1, 'numbers'),
  accumulateCase([7, 13], 1, 'numbers'),
  accumulateCase([7, 13], 0, 'NaN'),
  accumulateCase([8, 2048], 0, 'numbers'),
  cacheCase(1, 1, [0]),
  cacheCase(11, 7, [9, 0, 4]),
  cacheCase(64, 8, [17]),
  normCase([1]),
  normCase([7, 13], [5], [3, 2048]),
  // More tensors than a shader may bind.
  normCase([], ...Array.from({ length: 37 }, (_, i) => [i + 1, 3])),
  ...(Object.keys(optimizers) as Optimizer[]).flatMap(updateCases),
  codedUpdateCase('first step', [[7, 13]], { norm: 3, maximumNorm: 0, step: 1 }),
  codedUpdateCase('clipped', [[8, 512]], { norm: 37, maximumNorm: 1, step: 20 }),
  codedUpdateCase('each with its decay', [[4, 256], [67, 61], [5], [2, 128]], { norm: 37, maximumNorm: 1, step: 1 }),
  codedUpdateCase('own rate', [[3, 256], [256]], { norm: 2, maximumNorm: 1, step: 7, factor: 0.25 }),
  codedUpdateCase('norm not finite', [[5]], { norm: Number.POSITIVE_INFINITY, maximumNorm: 1, step: 2 }),
];
