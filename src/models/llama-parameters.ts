import type { LlamaConfig } from './llama-config.ts';
import type { ParameterInfo } from './model.ts';
import { ParameterList } from './parameter-list.ts';

/** What the norms of q and k are called. */
export const qkNormNames = ({ qkNorm }: LlamaConfig): readonly [q: string, k: string] =>
  qkNorm === 'after' ? ['query_layernorm', 'key_layernorm'] : ['q_norm', 'k_norm'];

/** Every parameter in the order of `named_parameters()` of transformers' `…ForCausalLM`. */
export function llamaParameters(config: LlamaConfig, root = 'model'): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, intermediateSize, headDim, tiedHead } = config;
  const list = new ParameterList(`${root}.`);
  // A head that is tied is left out of the file under its own name, but some converters keep that one instead.
  list.embedding(`${root}.embed_tokens`, vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `${root}.layers.${layer}`;
    list.projections(`${path}.self_attn`, config, config);
    if (config.qkNorm) for (const name of qkNormNames(config)) list.rmsNorm(`${path}.self_attn.${name}`, headDim);
    list.gatedMlp(`${path}.mlp`, hiddenSize, intermediateSize, config.mlpBias);
    list.rmsNorm(`${path}.input_layernorm`, hiddenSize);
    list.rmsNorm(`${path}.post_attention_layernorm`, hiddenSize);
  }
  list.rmsNorm(`${root}.norm`, hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return list.all;
}
