import type { LlamaConfig } from './llama-config.ts';
import type { ParameterInfo, ParameterRole } from './model.ts';

/** Every parameter in the order of `named_parameters()` of transformers' `…ForCausalLM`. */
export function llamaParameters(config: LlamaConfig): ParameterInfo[] {
  const { vocabularySize, hiddenSize, layers } = config;
  // A head that is tied is left out of the file under its own name, but some converters keep that one instead.
  const embeddingNames = config.tiedHead ? ['lm_head.weight'] : [];
  const embedding = parameter('model.embed_tokens.weight', [vocabularySize, hiddenSize], 'embedding');
  const parameters: ParameterInfo[] = [
    { ...embedding, checkpointNames: [...embedding.checkpointNames, ...embeddingNames] },
  ];
  for (let layer = 0; layer < layers; layer++) parameters.push(...layerParameters(config, layer));
  parameters.push(parameter('model.norm.weight', [hiddenSize], 'norm'));
  if (!config.tiedHead) parameters.push(parameter('lm_head.weight', [vocabularySize, hiddenSize], 'head'));
  return parameters;
}

function layerParameters(config: LlamaConfig, layer: number): ParameterInfo[] {
  const { hiddenSize, intermediateSize, headDim } = config;
  const path = `model.layers.${layer}`;
  const [queries, keys] = [config.heads * headDim, config.kvHeads * headDim];
  const norm = (name: string, size: number): ParameterInfo =>
    parameter(`${path}.${name}.weight`, [size], 'norm', layer);
  const linear = (name: string, out: number, into: number, bias: boolean): ParameterInfo[] => [
    parameter(`${path}.${name}.weight`, [out, into], 'linear', layer),
    ...(bias ? [parameter(`${path}.${name}.bias`, [out], 'bias', layer)] : []),
  ];
  return [
    ...linear('self_attn.q_proj', queries, hiddenSize, config.qkvBias),
    ...linear('self_attn.k_proj', keys, hiddenSize, config.qkvBias),
    ...linear('self_attn.v_proj', keys, hiddenSize, config.qkvBias),
    ...linear('self_attn.o_proj', hiddenSize, queries, config.outputBias),
    ...(config.qkNorm ? [norm('self_attn.q_norm', headDim), norm('self_attn.k_norm', headDim)] : []),
    ...linear('mlp.gate_proj', intermediateSize, hiddenSize, config.mlpBias),
    ...linear('mlp.up_proj', intermediateSize, hiddenSize, config.mlpBias),
    ...linear('mlp.down_proj', hiddenSize, intermediateSize, config.mlpBias),
    norm('input_layernorm', hiddenSize),
    norm('post_attention_layernorm', hiddenSize),
  ];
}

function parameter(name: string, shape: readonly number[], role: ParameterRole, layer?: number): ParameterInfo {
  // A file saved from the bare model, without its head, lacks the `model.` prefix.
  const bare = name.startsWith('model.') ? [name.slice('model.'.length)] : [];
  return {
    name,
    shape,
    module: name.slice(0, name.lastIndexOf('.')),
    role,
    ...(layer === undefined ? {} : { layer }),
    checkpointNames: [name, ...bare],
  };
}
