/**
 * Bottleneck adapters in each layer, as AdapterHub's `adapters` computes and saves them: in series (`seq_bn`, Pfeiffer,
 * arXiv 2005.00247; `double_seq_bn`, Houlsby, arXiv 1902.00751) or in parallel (`par_bn`, arXiv 2110.04366).
 */
import { AppError, because } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Activation, Value } from '../graph/types.ts';
import { layerPath, type TextModel } from '../models/model.ts';
import type { AdapterParameter, Method, PeftConfig, TuningSettings } from './method.ts';
import { invalidAdapter } from './peft-config.ts';

type Arrangement = 'series' | 'parallel';
type Half = 'attention' | 'mlp';

/** What AdapterHub's config classes say of each form, beside where it stands. */
interface Form {
  readonly parallel: boolean;
  /** In series: what goes in is residual + output of the half, not the output alone. */
  readonly readsSum: boolean;
  readonly activation: Activation;
  /** transformers' name of it. */
  readonly nonLinearity: string;
  readonly scale: number;
  readonly usualReduction: number;
}

const forms = {
  seq_bn: { parallel: false, readsSum: true, activation: 'relu', nonLinearity: 'relu', scale: 1, usualReduction: 16 },
  double_seq_bn: {
    ...{ parallel: false, readsSum: false, activation: 'silu', nonLinearity: 'swish' },
    ...{ scale: 1, usualReduction: 16 },
  },
  par_bn: { parallel: true, readsSum: false, activation: 'relu', nonLinearity: 'relu', scale: 4, usualReduction: 2 },
} as const satisfies Record<string, Form>;

/** Where the library puts the modules of attention and MLP in a layer; what is not here it does not adapt by itself. */
const places: Readonly<Record<string, Readonly<Record<Half, string>>>> = {
  ...each(['llama', 'mistral', 'gpt2', 'distilbert'], { attention: 'attention_adapters', mlp: 'output_adapters' }),
  ...each(['bert', 'roberta', 'xlm-roberta'], { attention: 'attention.output', mlp: 'output' }),
};

function each<T>(keys: readonly string[], value: T): Record<string, T> {
  return Object.fromEntries(keys.map((key) => [key, value]));
}

export const seriesAdapter = bottleneck('series');
export const parallelAdapter = bottleneck('parallel');

function bottleneck(arrangement: Arrangement): Method {
  return {
    create(model: TextModel, settings, factor) {
      const halves: readonly Half[] = settings.adapter_placement === 'both' ? ['attention', 'mlp'] : ['mlp'];
      const form = formOf(arrangement, halves);
      const reduction = settings.reduction_factor || form.usualReduction;
      // As the library: at least one value wide.
      const width = Math.max(1, Math.floor(model.hiddenSize / reduction));
      const pathOf = pathsIn(model, arrangement);
      const sizes = { hidden: model.hiddenSize, width };
      const sites = model.layers.flatMap((_, layer) => halves.map((half) => ({ layer, half })));
      return {
        standsAlone: true,
        parameters: sites.flatMap(({ layer, half }) => {
          const path = pathOf(layer, half);
          return parametersAt(path, sizes, form, factor(path, layer));
        }),
        modules: new Set(),
        dropsOut: false,
        seams: (_base, { builder }) => ({
          sublayer(layer, kind, x, residual, compute, norm = (sum) => sum) {
            const output = compute(x);
            const sum = builder.add(residual, output);
            if (kind === 'mixer' || !halves.includes(kind)) return norm(sum);
            const input = form.parallel ? residual : form.readsSum ? norm(sum) : output;
            const path = pathOf(layer, kind);
            const update = builder.within(kind, () => apply(builder, path, sizes, form, input));
            return norm(builder.add(sum, update));
          },
        }),
        peftConfig: describe(model, form, halves, reduction),
        title: arrangement === 'series' ? 'Series adapter' : 'Parallel adapter',
        summary: `width ${width} in ${model.layers.length} layers`,
      };
    },
    settingsOf: (config) => settingsOf(arrangement, config),
  };
}

const formOf = (arrangement: Arrangement, halves: readonly Half[]): Form =>
  arrangement === 'parallel' ? forms.par_bn : halves.length === 2 ? forms.double_seq_bn : forms.seq_bn;

/** Path of the bottleneck at a half of a layer, the adapter's own name left out. */
function pathsIn(model: TextModel, arrangement: Arrangement): (layer: number, half: Half) => string {
  const place = places[model.modelType];
  if (place === undefined)
    throw new AppError('setting-unsupported', {
      key: 'tuning.method',
      value: `${arrangement}-adapter`,
      supported: because`this method on ${Object.keys(places).join(', ')}, which AdapterHub's library adapts; not on ${model.modelType}`,
    });
  const blocks = new Map(
    model.parameters.flatMap(({ layer, name }) => (layer === undefined ? [] : [[layer, layerPath(name)] as const])),
  );
  return (layer, half) => `${blocks.get(layer)}.${place[half]}.adapters`;
}

interface Sizes {
  readonly hidden: number;
  readonly width: number;
}

const down = (path: string): string => `${path}.adapter_down.0`;
const up = (path: string): string => `${path}.adapter_up`;

/** In series N(0, 0.02²) as BERT starts its layers; in parallel as LoRA: U(±1/√in) down and zeros up. Biases are 0. */
function parametersAt(
  path: string,
  { hidden, width }: Sizes,
  { parallel }: Form,
  learningRateFactor: number,
): AdapterParameter[] {
  const zero = { kind: 'constant', value: 0 } as const;
  const drawn = { kind: 'normal', deviation: 0.02 } as const;
  const downInit = parallel ? ({ kind: 'uniform', bound: 1 / Math.sqrt(hidden) } as const) : drawn;
  return [
    { name: `${down(path)}.weight`, shape: [width, hidden], init: downInit, learningRateFactor },
    { name: `${down(path)}.bias`, shape: [width], init: zero, learningRateFactor },
    { name: `${up(path)}.weight`, shape: [hidden, width], init: parallel ? zero : drawn, learningRateFactor },
    { name: `${up(path)}.bias`, shape: [hidden], init: zero, learningRateFactor },
  ];
}

/** scale · up(f(down(x))): x [rows, hidden]. */
function apply(builder: GraphBuilder, path: string, { hidden, width }: Sizes, form: Form, x: Value): Value {
  const linear = (module: string, input: Value, [out, inner]: readonly [number, number]): Value => {
    const learned = (part: string, shape: readonly number[]): Value =>
      builder.parameter(`${module}.${part}`, { shape, dtype: 'f32' }, 'trained');
    const product = builder.matmul(input, learned('weight', [out, inner]), { transposeB: true });
    return builder.add(product, learned('bias', [out]));
  };
  const inner = builder.activation(linear(down(path), x, [width, hidden]), form.activation);
  return builder.scale(linear(up(path), inner, [hidden, width]), form.scale);
}

/** Keys of a bottleneck's config whose use changes what is computed, with the values that leave it as it is here. */
const plainForm = {
  adapter_residual_before_ln: false,
  cross_adapter: false,
  dropout: 0,
  inv_adapter: null,
  ln_after: false,
  ln_before: false,
  original_ln_after: true,
  phm_layer: false,
  residual_before_ln: true,
  stochastic_depth: 0,
  use_gating: false,
} as const;

/** `adapter_config.json`, but for the base model's name. */
function describe(model: TextModel, form: Form, halves: readonly Half[], reduction: number): PeftConfig {
  const [named = ''] = (model.config.architectures ?? []) as readonly string[];
  return {
    config: {
      ...plainForm,
      init_weights: form.parallel ? 'mam_adapter' : 'bert',
      is_parallel: form.parallel,
      leave_out: [],
      mh_adapter: halves.includes('attention'),
      non_linearity: form.nonLinearity,
      original_ln_before: form.readsSum,
      output_adapter: true,
      reduction_factor: reduction,
      scaling: form.scale,
    },
    hidden_size: model.hiddenSize,
    model_class: (model.classifier ?? model.masked)?.architecture ?? named,
    model_type: model.modelType,
    name: 'atelier',
    version: 'adapters.1.3.0',
  };
}

/** The form of a saved adapter, where it is one of `forms`. */
function settingsOf(arrangement: Arrangement, { config }: PeftConfig): Omit<TuningSettings, 'method'> {
  const given = (config ?? {}) as Readonly<Record<string, unknown>>;
  const halves: readonly Half[] = given.mh_adapter === true ? ['attention', 'mlp'] : ['mlp'];
  const form = formOf(arrangement, halves);
  const wanted: Readonly<Record<string, unknown>> = {
    ...plainForm,
    non_linearity: form.nonLinearity,
    original_ln_before: form.readsSum,
    output_adapter: true,
    scaling: form.scale,
  };
  for (const [key, value] of Object.entries(wanted))
    if ((given[key] ?? value) !== value)
      throw invalidAdapter(because`${key} is ${String(given[key])}, which is not supported`);
  if (Array.isArray(given.leave_out) && given.leave_out.length > 0)
    throw invalidAdapter(because`it uses leave_out, which is not supported`);
  const { reduction_factor: reduction } = given;
  if (typeof reduction !== 'number') throw invalidAdapter(because`reduction_factor is not a number`);
  return { adapter_placement: halves.length === 2 ? 'both' : 'mlp', reduction_factor: reduction };
}
