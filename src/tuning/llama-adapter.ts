/**
 * LLaMA-Adapter (arXiv 2303.16199): learned tokens that the top layers attend to beside the text, each layer's share
 * under a gate that starts at 0, as PEFT's `AdaptionPromptConfig` has it. The tokens go through the layer's own frozen
 * projections; their keys are not rotated, and a softmax of their own weighs them.
 */
import { AppError, because } from '../errors.ts';
import type { Value } from '../graph/types.ts';
import type { TextModel } from '../models/model.ts';
import type { AttentionSite, Seams } from '../models/seams.ts';
import type { AdapterParameter, Method, SeamTools } from './method.ts';
import { numberOf } from './peft-config.ts';
import { wholeRange } from './whole-range.ts';

/** How attention is built in the architectures that PEFT knows this method for. */
interface AttentionForm {
  /** Module of attention within a layer: PEFT's `target_modules`. */
  readonly target: string;
  path(layer: number): string;
  /** Query, key and value are one matrix. PEFT then adds the tokens' share after the output projection. */
  readonly fused: boolean;
}

const llama: AttentionForm = {
  target: 'self_attn',
  path: (layer) => `model.layers.${layer}.self_attn`,
  fused: false,
};
const forms: Readonly<Record<string, AttentionForm>> = {
  llama,
  mistral: llama,
  gpt2: { target: 'attn', path: (layer) => `transformer.h.${layer}.attn`, fused: true },
};

const promptName = (path: string): string => `${path}.adaption_prompt`;
const gateName = (path: string): string => `${path}.adaption_gate`;

export const llamaAdapter: Method = {
  create(model: TextModel, settings, factor) {
    const form = formOf(model);
    const length = settings.adapter_len ?? 10;
    const count = Math.min(settings.adapter_layers ?? 30, model.layers.length);
    const layers = Array.from({ length: count }, (_, index) => model.layers.length - count + index);
    return {
      parameters: layers.flatMap((layer) => {
        const path = form.path(layer);
        return parametersAt(path, [1, length, model.hiddenSize], factor(path, layer));
      }),
      modules: new Set(),
      dropsOut: false,
      seams: (base, tools) => seams(base, tools, { form, length, model, layers: new Set(layers) }),
      configClass: 'AdaptionPromptConfig',
      peftConfig: {
        peft_type: 'ADAPTION_PROMPT',
        adapter_layers: count,
        adapter_len: length,
        target_modules: form.target,
      },
      title: 'LLaMA-Adapter',
      summary: `${length} learned tokens in the top ${count} layers`,
    };
  },

  settingsOf: (config) => ({
    adapter_len: numberOf(config, 'adapter_len', 0),
    adapter_layers: numberOf(config, 'adapter_layers', 0),
  }),
};

/** @throws AppError 'setting-unsupported' where PEFT does not know the architecture */
function formOf({ modelType, heads, layers, hiddenSize }: TextModel): AttentionForm {
  const form = forms[modelType];
  const headDim = layers[0]?.attention?.headDim ?? 0;
  // PEFT takes the number of key heads from the widths of the projections.
  if (form && heads * headDim === hiddenSize) return form;
  const model = form ? `${modelType} with heads of ${headDim}` : modelType;
  throw new AppError('setting-unsupported', {
    key: 'tuning.method',
    value: 'llama-adapter',
    supported: because`this method on ${Object.keys(forms).join(', ')}, which PEFT has it for; not on ${model}`,
  });
}

function parametersAt(path: string, shape: readonly number[], learningRateFactor: number): AdapterParameter[] {
  return [
    { name: gateName(path), shape: [1], init: { kind: 'constant', value: 0 }, learningRateFactor },
    { name: promptName(path), shape, init: { kind: 'normal', deviation: 1 }, learningRateFactor },
  ];
}

interface Prompts {
  readonly form: AttentionForm;
  readonly length: number;
  readonly model: TextModel;
  readonly layers: ReadonlySet<number>;
}

function seams(base: Seams, tools: SeamTools, prompts: Prompts): Partial<Seams> {
  const { form, layers } = prompts;
  const shares = new Map<number, Value>();
  return {
    attention(site, q, k, v) {
      const own = base.attention(site, q, k, v);
      if (!layers.has(site.layer)) return own;
      const share = shareOf(base, tools, prompts, site, q);
      shares.set(site.layer, share);
      return form.fused ? own : tools.builder.add(own, share);
    },
    attentionOutput(layer, _x, y) {
      if (!layers.has(layer)) return y;
      if (form.fused) return tools.builder.add(y, shares.get(layer)!);
      // PEFT sends both shares through the projection, each with its bias.
      return tools.addBias(`${form.path(layer)}.o_proj`, y);
    },
  };
}

/** gate · softmax(q · k(prompt)ᵀ / √headDim) · v(prompt): q [rows, hidden] → [rows, hidden]. */
function shareOf(
  base: Seams,
  { builder }: SeamTools,
  { form, length, model }: Prompts,
  { layer, heads, kvHeads, headDim }: AttentionSite,
  q: Value,
): Value {
  const path = form.path(layer);
  const width = model.hiddenSize;
  const learned = (name: string, shape: readonly number[]): Value =>
    builder.parameter(name, { shape, dtype: 'f32' }, 'trained');
  const prompt = builder.reshape(learned(promptName(path), [1, length, width]), [length, width]);
  const [key, value] = form.fused
    ? (builder.split(base.linear(`${path}.c_attn`, prompt), [width, width, width]).slice(1) as [Value, Value])
    : [base.linear(`${path}.k_proj`, prompt), base.linear(`${path}.v_proj`, prompt)];
  // A factor on the values is one on what they are mixed to, and there are few of them.
  const gated = builder.mul(value, builder.reshape(learned(gateName(path), [1]), []));
  const rows = q.shape[0]!;
  const ranges = [wholeRange(builder, rows, length), wholeRange(builder, length, rows)];
  const attributes = { batch: 1, heads, kvHeads, headDim, scale: headDim ** -0.5, causal: false };
  return builder.attention(q, key, gated, ranges, attributes);
}
