/**
 * VeRA (arXiv 2310.11454): one frozen random pair A, B for all modules, and two learned vectors a module, as PEFT has
 * them. Modules of different sizes read the first columns of A and the first rows of B.
 */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { featuresOf } from '../models/model.ts';
import { gramOf } from './lora-module.ts';
import { mergeProduct, scaleMatrix } from './merge.ts';
import type { AdapterParameter, Change, ChangeTools, Method, SeamTools } from './method.ts';
import { numberOf, targetsOf } from './peft-config.ts';
import { chosenModules, requireRank, targetNames, veraDefaults } from './target-modules.ts';

interface VeraModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly transposed: boolean;
}

/** The shared pair: A [rank, widest input], B [widest output, rank]. */
interface Projections {
  readonly rank: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

const projectionA = 'vera_A';
const projectionB = 'vera_B';
const lambdaD = (module: string): string => `${module}.vera_lambda_d`;
const lambdaB = (module: string): string => `${module}.vera_lambda_b`;

export const vera: Method = {
  merges: true,
  forImages: true,
  create(model, settings, factor) {
    const rank = requireRank(settings.lora_r ?? 8);
    const infos = chosenModules(model, settings, veraDefaults);
    const modules = new Map(
      infos.map((info): [string, VeraModule] => [
        info.module,
        { transposed: info.transposed ?? false, ...featuresOf(info) },
      ]),
    );
    const widest = (key: 'inFeatures' | 'outFeatures'): number =>
      Math.max(...[...modules.values()].map((module) => module[key]));
    const shared = { rank, inFeatures: widest('inFeatures'), outFeatures: widest('outFeatures') };
    const layers = new Map(infos.map(({ module, layer }) => [module, layer]));
    const dropout = settings.lora_dropout ?? 0;
    const learned = [...modules].flatMap(([path, { outFeatures }]): AdapterParameter[] => {
      const learningRateFactor = factor(path, layers.get(path));
      const constant = (value: number) => ({ kind: 'constant', value }) as const;
      return [
        { name: lambdaB(path), shape: [outFeatures], init: constant(0), learningRateFactor },
        { name: lambdaD(path), shape: [rank], init: constant(settings.d_initial ?? 0.1), learningRateFactor },
      ];
    });
    return {
      parameters: modules.size === 0 ? [] : [...projections(shared), ...learned],
      modules: new Set(modules.keys()),
      dropsOut: dropout > 0,
      seams(base, tools) {
        const pairOf = pairs(tools.builder, shared, modules.values());
        return {
          linear(path, x) {
            const module = modules.get(path);
            return module === undefined
              ? base.linear(path, x)
              : applyVera(tools, path, pairOf.get(sizeOf(module))!, dropout, x);
          },
        };
      },
      configClass: 'VeraConfig',
      peftConfig: {
        peft_type: 'VERA',
        bias: settings.bias === 'lora_only' ? 'vera_only' : (settings.bias ?? 'none'),
        d_initial: settings.d_initial ?? 0.1,
        fan_in_fan_out: infos.some(({ transposed }) => transposed === true),
        init_weights: true,
        layers_pattern: null,
        layers_to_transform: null,
        projection_prng_key: 0,
        r: rank,
        save_projection: true,
        target_modules: targetNames(model, new Set(modules.keys())),
        vera_dropout: dropout,
      },
      title: 'VeRA',
      summary: `rank ${rank} on ${modules.size} modules`,
      async merged({ role, module: path }, weight, read) {
        const module = modules.get(path);
        if (module === undefined || role === 'bias') return undefined;
        const { inFeatures, outFeatures } = module;
        const a = firstColumns(await read(projectionA), rank, inFeatures);
        const b = (await read(projectionB)).subarray(0, outFeatures * rank);
        const [d, scale] = [await read(lambdaD(path)), await read(lambdaB(path))];
        return mergeProduct(weight, scaleMatrix(b, scale, true), scaleMatrix(a, d, true), {
          ...module,
          rank,
          scale: 1,
        });
      },
      change(tools, path) {
        const module = modules.get(path);
        return module && veraChange(tools, path, partOf(tools.builder, shared, module));
      },
    };
  },

  settingsOf: (config) => ({
    ...targetsOf(config),
    lora_r: numberOf(config, 'r', 256),
    lora_dropout: numberOf(config, 'vera_dropout', 0),
    d_initial: numberOf(config, 'd_initial', 0.1),
  }),
};

/** A and B ~ U(±√(6 / fan-in)), PyTorch's kaiming_uniform for ReLU, drawn once. */
function projections({ rank, inFeatures, outFeatures }: Projections): AdapterParameter[] {
  const drawn = (name: string, shape: readonly [number, number]): AdapterParameter => ({
    name,
    shape,
    init: { kind: 'uniform', bound: Math.sqrt(6 / shape[1]) },
    learningRateFactor: 0,
    frozen: true,
  });
  return [drawn(projectionA, [rank, inFeatures]), drawn(projectionB, [outFeatures, rank])];
}

interface Pair {
  readonly a: Value;
  readonly b: Value;
}

const sizeOf = ({ inFeatures, outFeatures }: VeraModule): string => `${inFeatures} ${outFeatures}`;

/** What modules of each size read of the shared pair, made once for all of them. */
function pairs(builder: GraphBuilder, shared: Projections, modules: Iterable<VeraModule>): Map<string, Pair> {
  const bySize = new Map([...modules].map((module) => [sizeOf(module), module]));
  return new Map([...bySize].map(([size, module]) => [size, partOf(builder, shared, module)]));
}

/** A [rank, in], B [out, rank]. */
function partOf(builder: GraphBuilder, shared: Projections, { inFeatures, outFeatures }: VeraModule): Pair {
  const { rank } = shared;
  const matrix = (name: string, shape: readonly number[]): Value =>
    builder.parameter(name, { shape, dtype: 'f32' }, 'weight');
  const first = (x: Value, width: number): Value =>
    x.shape[1] === width ? x : builder.split(x, [width, x.shape[1]! - width])[0]!;
  const whole = builder.reshape(matrix(projectionB, [shared.outFeatures, rank]), [1, shared.outFeatures * rank]);
  return {
    a: first(matrix(projectionA, [rank, shared.inFeatures]), inFeatures),
    b: builder.reshape(first(whole, outFeatures * rank), [outFeatures, rank]),
  };
}

/** x·Wᵀ + bias + λ_b ⊙ B(λ_d ⊙ A(dropout(x))). */
function applyVera(tools: SeamTools, path: string, { a, b }: Pair, dropout: number, x: Value) {
  const { builder, seed } = tools;
  const base = tools.addBias(path, tools.product(path, x));
  return builder.within(path.slice(path.lastIndexOf('.') + 1), () => {
    const vector = (name: string, size: number): Value =>
      builder.parameter(name, { shape: [size], dtype: 'f32' }, 'trained');
    const dropped = seed === undefined ? x : builder.dropout(x, seed, dropout, `${path}/vera_dropout`);
    const narrow = builder.mul(builder.matmul(dropped, a, { transposeB: true }), vector(lambdaD(path), a.shape[0]!));
    const wide = builder.matmul(narrow, b, { transposeB: true });
    return builder.add(base, builder.mul(wide, vector(lambdaB(path), b.shape[0]!)));
  });
}

/** ‖diag(λ_b)·B·diag(λ_d)·A‖² = λ_dᵀ(Bᵀdiag(λ_b²)B ⊙ AAᵀ)λ_d. */
function veraChange({ builder, identity }: ChangeTools, path: string, { a, b }: Pair): Change {
  const [outFeatures, rank] = b.shape as [number, number];
  const vector = (name: string, size: number): Value =>
    builder.parameter(name, { shape: [size], dtype: 'f32' }, 'trained');
  const scaled = builder.mul(
    builder.matmul(identity(rank), b, { transposeB: true }),
    vector(lambdaB(path), outFeatures),
  );
  const products = builder.mul(gramOf(builder, scaled, true), gramOf(builder, a, true));
  const between = builder.reshape(vector(lambdaD(path), rank), [1, rank]);
  const trace = builder.matmul(builder.matmul(between, products), between, { transposeB: true });
  return { outputs: { trace }, squared: (read) => read.trace![0]! };
}

/** The first `columns` columns of a matrix of so many rows. */
function firstColumns(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const width = matrix.length / rows;
  return matrix.filter((_, index) => index % width < columns);
}
