/** The three generations of Gemma. */
import { because } from '../../../errors.ts';
import { f32, u32 } from '../../../files/gguf-types.ts';
import { type GemmaConfig, type GemmaType, readGemmaConfig } from '../../../models/gemma-config.ts';
import {
  commonConfig,
  llamaModules,
  requireActivation,
  requirePeriod,
  rmsEpsilon,
  ropeEntries,
  sizeEntries,
} from '../common.ts';
import { countedFrom1, type Entries, type GgufFamily, requireFit } from '../family.ts';

/** Every how many-th layer looks at everything, in llama.cpp. */
const periods = { gemma: 1, gemma2: 2, gemma3_text: 6 } as const;
/** The depth that llama.cpp takes for the 27 billion parameters whose scores it scales by hidden / heads. */
const largest: Readonly<Record<GemmaType, number>> = { gemma: 0, gemma2: 46, gemma3_text: 62 };

/** @throws AppError 'gguf-unfit' for what llama.cpp takes as given and the model has otherwise */
function requireUsual(config: GemmaConfig): void {
  const { modelType, layers, hiddenSize, heads, headDim, slidingLayers, slidingWindow } = config;
  requireActivation(config.activation, 'gelu_tanh');
  requireFit(config.tiedHead, because`its head is not tied to the token embedding`);
  requireFit(!config.attentionBias, because`its attention has biases`);
  const width = layers === largest[modelType] ? Math.floor(hiddenSize / heads) : headDim;
  requireFit(
    Math.abs(config.attentionScale - width ** -0.5) < 1e-9,
    because`its query_pre_attn_scalar is not ${width}, which llama.cpp computes with`,
  );
  const period = periods[modelType];
  requireFit(
    period === 1 ||
      (slidingWindow !== undefined && slidingLayers.every((slides, layer) => slides === ((layer + 1) % period !== 0))),
    because`other layers than every ${period}th look at the whole text`,
  );
}

function entries(config: GemmaConfig): Entries {
  requireUsual(config);
  const { modelType, slidingWindow, attentionSoftCap, logitSoftCap, rotary, slidingRotary, headDim } = config;
  const own: (readonly [string, ReturnType<typeof f32>])[] = [];
  if (slidingWindow !== undefined) own.push(['attention.sliding_window', u32(slidingWindow)]);
  if (modelType === 'gemma2') {
    requireFit(
      attentionSoftCap !== undefined && logitSoftCap !== undefined,
      because`its scores or logits are without the bound that llama.cpp sets them`,
    );
    own.push(['attn_logit_softcapping', f32(attentionSoftCap!)], ['final_logit_softcapping', f32(logitSoftCap!)]);
  }
  if (modelType === 'gemma3_text') {
    requireFit(logitSoftCap === undefined, because`its logits are bounded`);
    requireFit(slidingRotary.rope.scaling.type === 'default', because`layers that slide scale their rotation`);
    own.push(['rope.freq_base_swa', f32(slidingRotary.rope.theta)]);
  }
  return [...sizeEntries(config), ...rmsEpsilon(config.normEpsilon), ...ropeEntries(rotary.rope, headDim), ...own];
}

const laterModules = {
  ...llamaModules,
  post_attention_layernorm: 'post_attention_norm',
  pre_feedforward_layernorm: 'ffn_norm',
  post_feedforward_layernorm: 'post_ffw_norm',
};

const generation = (modelType: GemmaType, architecture: string): GgufFamily => ({
  architecture,
  modules: modelType === 'gemma' ? llamaModules : laterModules,
  headIsTied: true,
  change: ({ role }) => (role === 'norm' ? countedFrom1 : undefined),
  entries: (json) => entries(readGemmaConfig(json, modelType)),
  config(from) {
    if (modelType !== 'gemma') requirePeriod(from, periods[modelType]);
    const { rope_parameters, ...common } = commonConfig(from);
    const local = { rope_type: 'default', rope_theta: from.optional('rope.freq_base_swa') ?? 10000 };
    return {
      ...common,
      model_type: modelType,
      rope_parameters:
        modelType === 'gemma3_text' ? { full_attention: rope_parameters, sliding_attention: local } : rope_parameters,
      query_pre_attn_scalar:
        from.number('block_count') === largest[modelType]
          ? Math.floor(from.number('embedding_length') / from.number('attention.head_count'))
          : Number(common.head_dim),
      sliding_window: from.optional('attention.sliding_window') ?? null,
      sliding_window_pattern: periods[modelType],
      attn_logit_softcapping: from.optional('attn_logit_softcapping') ?? null,
      final_logit_softcapping: from.optional('final_logit_softcapping') ?? null,
    };
  },
});

export const gemma = generation('gemma', 'gemma');
export const gemma2 = generation('gemma2', 'gemma2');
export const gemma3 = generation('gemma3_text', 'gemma3');
