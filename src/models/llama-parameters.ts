import type { LlamaConfig } from './llama-config.ts';
import type { ParameterInfo } from './model.ts';
import { ParameterList } from './parameter-list.ts';

/** Every parameter in the order of `named_parameters()` of transformers' `…ForCausalLM`. */
export function llamaParameters(config: LlamaConfig): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, intermediateSize, headDim, tiedHead } = config;
  const list = new ParameterList('model.');
  // A head that is tied is left out of the file under its own name, but some converters keep that one instead.
  list.embedding('model.embed_tokens', vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `model.layers.${layer}`;
    list.projections(`${path}.self_attn`, config, config);
    if (config.qkNorm) list.rmsNorm(`${path}.self_attn.q_norm`, headDim);
    if (config.qkNorm) list.rmsNorm(`${path}.self_attn.k_norm`, headDim);
    list.gatedMlp(`${path}.mlp`, hiddenSize, intermediateSize, config.mlpBias);
    list.rmsNorm(`${path}.input_layernorm`, hiddenSize);
    list.rmsNorm(`${path}.post_attention_layernorm`, hiddenSize);
  }
  list.rmsNorm('model.norm', hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return list.all;
}
