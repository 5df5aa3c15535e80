/** How far training moves each weight, and where the gradient is: norms that the device computes of what it holds. */
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph, Value } from '../../graph/types.ts';
import type { Model } from '../../models/model.ts';
import type { Outputs } from '../../plan/executor.ts';
import type { InputSizes } from '../../tasks/inputs.ts';
import type { Change } from '../../tuning/method.ts';
import { changeTools, type DTypes } from '../../tuning/seams.ts';
import { type Tuning, trainableParameters } from '../../tuning/tuning.ts';

export const insideName = 'inside';

/** What is known of one weight, or of a tensor that a method adds and that changes no weight. All are Frobenius norms. */
export interface WeightNorms {
  /** A parameter of the model, or of the method. */
  readonly name: string;
  /** ‖g‖ of the last update before clipping: of the weight itself, or of all that a method trains for it; null where it is gone. */
  readonly gradient: number | null;
  /** ‖W − W₀‖, where W is the weight as it would be merged and W₀ the published one; null where it is not known. */
  readonly change: number | null;
  /** ‖W₀‖ as it is kept; null where `change` is. */
  readonly norm: number | null;
}

export interface InsideProgram {
  /** Inputs: `identity/<size>` where a method asks for some. Outputs: read by `norms`. */
  readonly graph: Graph;
  norms(outputs: Outputs): WeightNorms[];
}

interface Measured {
  readonly name: string;
  readonly change: Change | undefined;
}

/**
 * The norms of everything trained. Gradients are those that the micro-steps of the last update left; of a weight that an
 * adapter steps into, the change is reckoned from the adapter's own matrices, so that none of its size is made. Of a weight
 * that is trained itself the device has no original: `change` and `norm` are null.
 */
export function insideProgram(model: Model, tuning: Tuning, dtypes: DTypes): InsideProgram {
  const builder = new GraphBuilder();
  const outputs: Record<string, Value> = {};
  const tools = changeTools(builder, { model, dtypes, tuning });
  const measured = [...gradientsByWeight(builder, model, tuning)].map(([name, { gradients, module }]): Measured => {
    outputs[`gradient/${name}`] = builder.globalNorm(gradients);
    const weight = module === undefined ? undefined : tools.weight(module);
    const change = weight?.shape.length === 2 ? tuning.adapter?.change?.(tools, module!) : undefined;
    if (change) {
      outputs[`rows/${name}`] = inverseRowNorms(builder, weight!);
      for (const [part, value] of Object.entries(change.outputs)) outputs[`change/${part}/${name}`] = value;
    }
    return { name, change };
  });
  const norms = (read: Outputs): WeightNorms[] =>
    measured.map(({ name, change }) => ({
      name,
      gradient: read[`gradient/${name}`]![0]!,
      change: change ? Math.sqrt(Math.max(0, change.squared(partsOf(read, name, change)))) : null,
      norm: change ? normFromRows(read[`rows/${name}`]!) : null,
    }));
  return { graph: builder.finish(outputs), norms };
}

/** The feeds of the program: identities. */
export function insideFeeds(inputs: InputSizes): Record<string, Float32Array> {
  return Object.fromEntries(
    [...inputs].map(([name, count]) => {
      const size = Math.sqrt(count);
      return [name, Float32Array.from({ length: count }, (_, at) => Number(at % (size + 1) === 0))];
    }),
  );
}

interface Trained {
  readonly gradients: Value[];
  /** The linear module or the embedding that a method steps into there. */
  readonly module: string | undefined;
}

/** Gradient sums by the weight they are for. */
function gradientsByWeight(builder: GraphBuilder, model: Model, tuning: Tuning): Map<string, Trained> {
  const byWeight = new Map<string, Trained>();
  const weights = weightsOfModules(model, tuning);
  for (const { name, shape } of trainableParameters(model, tuning)) {
    const gradient = builder.parameter(`gradient/${name}`, { shape, dtype: 'f32' }, 'gradient');
    const module = tuning.trained.has(name) ? undefined : moduleOf(name, weights);
    const key = (module && weights.get(module)) ?? name;
    const known = byWeight.get(key);
    if (known) known.gradients.push(gradient);
    else byWeight.set(key, { gradients: [gradient], module });
  }
  return byWeight;
}

function weightsOfModules(model: Model, { adapter }: Tuning): Map<string, string> {
  const infos = new Map(model.parameters.filter(({ role }) => role !== 'bias').map((info) => [info.module, info]));
  // A head that is tied to the embedding has no weight of its own.
  const weightOf = (module: string) => infos.get(module)?.name ?? `${module}.weight`;
  return new Map([...(adapter?.modules ?? [])].map((module) => [module, weightOf(module)]));
}

/** The module in whose path an adapter's parameter lies: names are as `<module>.lora_A.weight`. */
function moduleOf(name: string, modules: ReadonlyMap<string, string>): string | undefined {
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1))
    if (modules.has(name.slice(0, dot))) return name.slice(0, dot);
  return undefined;
}

/** 1/‖row‖ of a matrix of any type: the one kernel that reads all of them squares its rows. */
function inverseRowNorms(builder: GraphBuilder, weight: Value): Value {
  const [rows, width] = weight.shape as [number, number];
  return builder.inverseNorm(weight, builder.constant(0, [1, width]), builder.constant(0, [rows, 1]), 0, false);
}

/** Rows of zeros have no finite inverse. */
const normFromRows = (inverses: Float32Array): number =>
  Math.sqrt(
    inverses.reduce((sum, inverse) => (Number.isFinite(inverse) && inverse > 0 ? sum + inverse ** -2 : sum), 0),
  );

const partsOf = (read: Outputs, name: string, { outputs }: Change): Record<string, Float32Array> =>
  Object.fromEntries(Object.keys(outputs).map((part) => [part, read[`change/${part}/${name}`]!]));
