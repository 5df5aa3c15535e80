/** LoRA (arXiv 2106.09685) and rsLoRA (arXiv 2312.03732), with PEFT's names, initial values, dropout and config. */
import { AppError, because } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import {
  embeddingScaleOf,
  featuresOf,
  headModule,
  type Model,
  type ParameterInfo,
  tiedHeadModule,
} from '../models/model.ts';
import { applyDora, doraChange, magnitudeParameter, mergeDora } from './dora.ts';
import {
  factors,
  gramOf,
  type LoraModule,
  loraAName,
  loraBName,
  loraChange,
  mergeLora,
  productChange,
  update,
} from './lora-module.ts';
import { mergeProduct } from './merge.ts';
import type {
  Adapter,
  AdapterParameter,
  Change,
  ChangeTools,
  Method,
  PeftConfig,
  ReadValues,
  SeamTools,
  TuningSettings,
} from './method.ts';
import { booleanOf, excludedConfig, numberOf, patternsOf, refuseUse, targetsOf } from './peft-config.ts';
import { type ChangesBase, repeatable, requireDecomposable, residualOf } from './residual.ts';
import { transposed } from './saved.ts';
import { chosenModules, loraDefaults, mostCommon, patternValue, requireRank, targetNames } from './target-modules.ts';

export const lora: Method = {
  merges: true,
  forImages: true,
  create(model, settings, factor) {
    const modules = loraModules(model, settings);
    const [apply, merge] = settings.use_dora ? [applyDora, mergeDora] : [applyLora, mergeLora];
    const layers = new Map(model.parameters.map(({ module, layer }) => [module, layer]));
    const embedded = [...modules].find(([, { embeds }]) => embeds)?.[0];
    if (embedded !== undefined && settings.use_dora) throw doraOnEmbedding(embedded);
    const changes = changesBase(settings);
    return {
      parameters: [...modules].flatMap(([path, module]) => {
        const a = factor(path, layers.get(path));
        const factors = { a, b: a * (settings.lora_plus_ratio ?? 1) };
        if (module.embeds) return embeddingParameters(path, module, factors);
        const pair = changes
          ? loraParameters(path, module, factors).map((parameter) => ({
              ...parameter,
              init: { kind: 'given' } as const,
            }))
          : loraParameters(path, module, factors);
        return settings.use_dora ? [...pair, magnitudeParameter(path, module, a)] : pair;
      }),
      modules: new Set(modules.keys()),
      ...(changes && { residuals: residualsOf(model, modules, changes) }),
      dropsOut: [...modules.values()].some(({ dropout }) => dropout > 0),
      isInLoss: !settings.use_dora,
      embedsTokens: embedded !== undefined,
      seams: (base, tools) => ({
        linear(path, x) {
          const module = modules.get(path);
          return module === undefined ? base.linear(path, x) : apply(tools, path, module, x);
        },
        head(x) {
          const [path, terms] = [headModule(model), base.head(x)];
          const module = modules.get(path);
          return module === undefined ? terms : { ...terms, added: headUpdate(tools, path, module, x) };
        },
        embed(path, ids) {
          const [module, rows] = [modules.get(path), base.embed(path, ids)];
          return module === undefined
            ? rows
            : tools.builder.add(rows, embeddingUpdate(tools, path, module, ids, model));
        },
      }),
      ...description(model, settings, modules),
      merged,
      change(tools, path) {
        const module = modules.get(path);
        // What is left of a base that was changed is not what was published.
        if (module === undefined || changes) return undefined;
        return (module.embeds ? embeddingChange : settings.use_dora ? doraChange : loraChange)(tools, path, module);
      },
    };

    async function merged({ role, module: path }: ParameterInfo, weight: Float32Array, read: ReadValues) {
      const module = modules.get(path);
      if (module === undefined || role === 'bias') return undefined;
      return (module.embeds ? mergeEmbedding : merge)(path, module, weight, read);
    }
  },

  settingsOf(config) {
    refuseUse(config, refused);
    return {
      ...targetsOf(config),
      init_lora_weights: initialisationOf(config),
      lora_r: numberOf(config, 'r', 8),
      lora_alpha: numberOf(config, 'lora_alpha', 8),
      lora_dropout: numberOf(config, 'lora_dropout', 0),
      ensure_weight_tying: booleanOf(config, 'ensure_weight_tying'),
      use_rslora: booleanOf(config, 'use_rslora'),
      use_dora: booleanOf(config, 'use_dora'),
      rank_pattern: patternsOf(config, 'rank_pattern'),
      alpha_pattern: patternsOf(config, 'alpha_pattern'),
    };
  },
};

/** Initialisations that leave the base as it was published, whatever A and B start from. */
const harmless: readonly unknown[] = [undefined, null, true, false, 'gaussian', 'eva', 'orthogonal', 'mica'];

/** @throws AppError 'adapter-changes-base' where the base was changed by what the published weights do not tell */
function initialisationOf({ init_lora_weights: init }: PeftConfig): 'lora' | ChangesBase {
  const name = typeof init === 'string' ? init.toLowerCase() : init;
  if (harmless.includes(name)) return 'lora';
  const repeated = repeatable.find((each) => each === name);
  if (repeated) return repeated;
  throw new AppError('adapter-changes-base', {
    init: String(init),
    reason: String(init).startsWith('pissa_niter')
      ? because`its decomposition was drawn at random`
      : because`the published weights do not tell how`,
  });
}

/** What is left of the base under the modules; PEFT leaves embeddings as they are. */
function residualsOf(
  model: Model,
  modules: ReadonlyMap<string, LoraModule>,
  init: ChangesBase,
): NonNullable<Adapter['residuals']> {
  const tied = tiedHeadModule(model);
  if (tied && modules.has(tied))
    throw new AppError('adapter-changes-base', {
      init,
      reason: because`it took a part out of ${tied}, which is tied to the token embedding`,
    });
  const infos = model.parameters.filter(
    ({ module, role }) => role !== 'bias' && modules.has(module) && !modules.get(module)!.embeds,
  );
  requireDecomposable(
    init,
    infos.map(({ shape }) => shape),
  );
  return new Map(
    infos.map(({ name, shape, module }) => [name, (weight) => residualOf(init, weight, shape, modules.get(module)!)]),
  );
}

const changesBase = ({ init_lora_weights: init = 'lora' }: TuningSettings): ChangesBase | undefined =>
  init === 'lora' ? undefined : init;

/** Keys whose use changes what the tensors mean, in a way this program does not compute. */
const refused = [
  'lora_bias',
  'use_qalora',
  'use_bdlora',
  'layer_replication',
  'target_parameters',
  'trainable_token_indices',
  'alora_invocation_tokens',
  'arrow_config',
  'kasa_config',
  'velora_config',
  'monteclora_config',
];

/** The modules that get LoRA, by path, in the model's order. @throws as `chosenModules`, and for a rank that is none */
export function loraModules(model: Model, settings: TuningSettings): Map<string, LoraModule> {
  return new Map(
    chosenModules(model, settings, loraDefaults, ['linear', 'embedding']).map((info) => {
      const embeds = info.role === 'embedding';
      // A table lies as [tokens, width], which for a product with one-hot rows is [in, out].
      const layout = { ...info, transposed: embeds || (info.transposed ?? false) };
      const patterned = (key: 'rank_pattern' | 'alpha_pattern', usual: number): number =>
        patternValue(settings[key] ?? {}, `tuning.${key}`, info.module, usual);
      const r = requireRank(patterned('rank_pattern', settings.lora_r ?? 8));
      const alpha = patterned('alpha_pattern', settings.lora_alpha ?? 8);
      const scale = alpha / (settings.use_rslora ? Math.sqrt(r) : r);
      return [
        info.module,
        {
          rank: changesBase(settings) && !embeds ? Math.min(r, ...info.shape) : r,
          r,
          alpha,
          scale,
          dropout: settings.lora_dropout ?? 0,
          transposed: layout.transposed,
          embeds,
          ...featuresOf(layout),
        },
      ];
    }),
  );
}

/** A [rank, in] ~ U(±1/√in), which is PyTorch's kaiming_uniform with a = √5; B [out, rank] = 0. */
export function loraParameters(
  path: string,
  { rank, inFeatures, outFeatures }: LoraModule,
  factor: { readonly a: number; readonly b: number },
): AdapterParameter[] {
  const bound = 1 / Math.sqrt(inFeatures);
  const init = { a: { kind: 'uniform', bound }, b: { kind: 'constant', value: 0 } } as const;
  return [
    { name: loraAName(path), shape: [rank, inFeatures], init: init.a, learningRateFactor: factor.a },
    { name: loraBName(path), shape: [outFeatures, rank], init: init.b, learningRateFactor: factor.b },
  ];
}

export const embeddingAName = (module: string): string => `${module}.lora_embedding_A`;
export const embeddingBName = (module: string): string => `${module}.lora_embedding_B`;

/** A [tokens, rank] = 0, saved as [rank, tokens]; B [width, rank] ~ N(0, 1): as PEFT starts them. */
function embeddingParameters(
  path: string,
  { rank, inFeatures, outFeatures }: LoraModule,
  factor: { readonly a: number; readonly b: number },
): AdapterParameter[] {
  const init = { a: { kind: 'constant', value: 0 }, b: { kind: 'normal', deviation: 1 } } as const;
  const a = { shape: [inFeatures, rank], init: init.a, learningRateFactor: factor.a, savedTransposed: true };
  return [
    { name: embeddingAName(path), ...a },
    { name: embeddingBName(path), shape: [outFeatures, rank], init: init.b, learningRateFactor: factor.b },
  ];
}

/** A [tokens, rank] and B [width, rank] as they lie in their buffers. */
function embeddingMatrices(builder: GraphBuilder, path: string, { rank, inFeatures, outFeatures }: LoraModule) {
  const learned = (name: string, shape: readonly number[]): Value =>
    builder.parameter(name, { shape, dtype: 'f32' }, 'trained');
  return {
    a: learned(embeddingAName(path), [inFeatures, rank]),
    b: learned(embeddingBName(path), [outFeatures, rank]),
  };
}

/** scale · B(A[ids]) [rows, width], times the factor of the embedding itself; PEFT drops nothing out here. */
function embeddingUpdate(
  { builder, idOrder }: SeamTools,
  path: string,
  module: LoraModule,
  ids: Value,
  model: Model,
): Value {
  const { a, b } = embeddingMatrices(builder, path, module);
  return builder.within(path.slice(path.lastIndexOf('.') + 1), () => {
    const narrow = builder.embedding(a, ids, idOrder);
    return builder.matmul(builder.scale(narrow, module.scale * embeddingScaleOf(model)), b, { transposeB: true });
  });
}

/** ‖scale · (BA)ᵀ‖² of the table. */
function embeddingChange({ builder }: ChangeTools, path: string, module: LoraModule): Change {
  const { a, b } = embeddingMatrices(builder, path, module);
  return productChange(builder, gramOf(builder, b, false), gramOf(builder, a, false), module.scale);
}

const doraOnEmbedding = (module: string): AppError =>
  new AppError('setting-unsupported', {
    key: 'tuning.use_dora',
    value: module,
    supported: because`DoRA on linear layers`,
  });

/**
 * base + scale · B(A(dropout(x))): x [rows, in]. The scale lies on the narrow product: rank numbers a row instead of out.
 */
function applyLora(tools: SeamTools, path: string, module: LoraModule, x: Value): Value {
  const { builder } = tools;
  const base = tools.addBias(path, tools.product(path, x));
  return builder.within(path.slice(path.lastIndexOf('.') + 1), () =>
    builder.add(base, update(tools, path, module, dropped(tools, path, module, x))),
  );
}

/** The same of the head, for a loss that never has its logits whole. */
function headUpdate(tools: SeamTools, path: string, module: LoraModule, x: Value): { narrow: Value; wide: Value } {
  return tools.builder.within(path, () => factors(tools, path, module, dropped(tools, path, module, x)));
}

/** The module has one mask, as in PEFT. */
function dropped({ builder, seed }: SeamTools, path: string, { dropout }: LoraModule, x: Value): Value {
  return seed === undefined ? x : builder.dropout(x, seed, dropout, `${path}/lora_dropout`);
}

/** E + scale · (BA)ᵀ: the table lies as [tokens, width]. */
async function mergeEmbedding(path: string, module: LoraModule, weight: Float32Array, read: ReadValues) {
  const a = transposed(await read(embeddingAName(path)), module.inFeatures);
  return mergeProduct(weight, await read(embeddingBName(path)), a, module);
}

/** The config with the keys that every PEFT since 0.10 knows: one that the reader's version lacks makes it warn. */
function description(
  model: Model,
  settings: TuningSettings,
  modules: ReadonlyMap<string, LoraModule>,
): Pick<Adapter, 'configClass' | 'peftConfig' | 'title' | 'summary'> {
  const all = [...modules];
  const [r, alpha] = [mostCommon(all.map(([, { r }]) => r)), mostCommon(all.map(([, { alpha }]) => alpha))];
  const patternOf = (key: 'r' | 'alpha', usual: number | undefined): Record<string, number> =>
    Object.fromEntries(all.filter(([, module]) => module[key] !== usual).map(([path, module]) => [path, module[key]]));
  const ranks = [...new Set(all.map(([, { rank }]) => rank))].sort((x, y) => x - y).join(', ');
  return {
    configClass: 'LoraConfig',
    peftConfig: {
      peft_type: 'LORA',
      alpha_pattern: patternOf('alpha', alpha),
      bias: settings.bias ?? 'none',
      ...excludedConfig(settings),
      // PEFT says so of adapters on Conv1D, and stores A and B as for any other matrix.
      fan_in_fan_out: model.parameters.some(({ module, transposed }) => transposed && modules.has(module)),
      init_lora_weights: changesBase(settings) ?? true,
      layer_replication: null,
      layers_pattern: null,
      layers_to_transform: null,
      loftq_config: {},
      lora_alpha: alpha,
      lora_dropout: settings.lora_dropout ?? 0,
      megatron_config: null,
      megatron_core: 'megatron.core',
      r,
      rank_pattern: patternOf('r', r),
      target_modules: targetNames(model, new Set(modules.keys())),
      use_dora: settings.use_dora ?? false,
      use_rslora: settings.use_rslora ?? false,
    },
    title: settings.use_dora ? 'DoRA' : settings.use_rslora ? 'rsLoRA' : 'LoRA',
    summary: `rank ${ranks} on ${modules.size} modules`,
  };
}
