import { type OpCase, opCase, seededNumbers } from '../case-data.ts';

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

function adamwCase(name: string, shape: readonly number[], update: Update): OpCase {
  const { norm, maximumNorm, step, weightDecay = 0.01, factor = 1 } = update;
  return opCase(`adamw [${shape}], ${name}`, 1, (data) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const squares = seededNumbers('moment2', count).map((x) => x * x);
    const inputs = [
      data.parameter('parameter', shape, { kind: 'trained' }),
      data.parameter('gradient', shape, { kind: 'gradient' }),
      data.parameter('moment1', shape, { kind: 'optimizer', values: step === 1 ? Array(count).fill(0) : squares }),
      data.parameter('moment2', shape, { kind: 'optimizer', values: step === 1 ? Array(count).fill(0) : squares }),
      data.input('hyper', [4], [3e-2, 1 - 0.9 ** step, 1 - 0.999 ** step, maximumNorm]),
      data.input('norm', [], [norm]),
    ];
    data.builder.nodeOutputs('adamw', inputs, {
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay,
      learningRateFactor: factor,
    });
    return {};
  });
}

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
  adamwCase('first step', [7, 13], { norm: 3, maximumNorm: 0, step: 1 }),
  adamwCase('clipped', [8, 2048], { norm: 37, maximumNorm: 1, step: 20 }),
  adamwCase('below the maximum norm', [1], { norm: 0.5, maximumNorm: 1, step: 3 }),
  adamwCase('no decay, own rate', [131], { norm: 2, maximumNorm: 1, step: 7, weightDecay: 0, factor: 0.25 }),
  adamwCase('norm not finite', [5], { norm: Number.POSITIVE_INFINITY, maximumNorm: 1, step: 2 }),
  adamwCase('norm not a number', [5], { norm: Number.NaN, maximumNorm: 0, step: 2 }),
];
