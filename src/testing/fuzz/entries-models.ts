import { withGguf } from '../../exports/gguf/base/base-files.ts';
import { isAdapterHub, readAdapterHub } from '../../files/adapterhub.ts';
import { decodedWeights } from '../../files/bitsandbytes.ts';
import { blobFiles } from '../../files/blob-files.ts';
import { openGguf } from '../../files/gguf-read.ts';
import { openWeights } from '../../files/model-weights.ts';
import { readPeft } from '../../files/peft.ts';
import { openTorch } from '../../files/torch.ts';
import type { Weights } from '../../files/weights.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { openModel, openTokenizer } from '../../training/session/open-model.ts';
import { readSentenceForm } from '../../training/session/sentence-form.ts';
import { tinyLlama } from '../tiny-llama.ts';
import type { Entry } from './entries.ts';
import { bytesOf, ofBytes, ofJson, seedFile, seedFiles, textOf } from './makers.ts';

const torch = 'files/golden/torch';
const peft = 'files/golden/peft';
const bitsandbytes = 'training/session/golden/bitsandbytes/nf4-odd';

const filesOf = (files: Readonly<Record<string, Uint8Array>>) =>
  blobFiles(new Map(Object.entries(files).map(([path, bytes]) => [path, new Blob([Uint8Array.from(bytes)])])), 'x');

/** The first tensors of a checkpoint that was opened. */
async function readSome(weights: Weights): Promise<void> {
  for (const [name, { dtype }] of [...weights.tensors].slice(0, 3))
    if (/^(F32|F16|BF16)$/.test(String(dtype))) await weights.readFloats(name);
}

/** A safetensors file of two tensors. */
function safetensors(): Uint8Array {
  const header = JSON.stringify({
    __metadata__: { format: 'pt' },
    a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
    b: { dtype: 'BF16', shape: [3], data_offsets: [16, 22] },
  }).padEnd(200);
  const bytes = new Uint8Array(8 + header.length + 22);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(bytesOf(header), 8);
  return bytes;
}

const configs = [
  tinyLlama,
  { ...tinyLlama, model_type: 'qwen2', rope_scaling: { rope_type: 'linear', factor: 2 }, tie_word_embeddings: true },
  { model_type: 'gpt2', n_embd: 32, n_head: 4, n_layer: 2, vocab_size: 100, n_positions: 64 },
  {
    ...{ model_type: 'bert', hidden_size: 32, num_attention_heads: 4, num_hidden_layers: 2, intermediate_size: 64 },
    ...{ vocab_size: 100, max_position_embeddings: 64, type_vocab_size: 2, id2label: { 0: 'a', 1: 'b' } },
  },
  { ...tinyLlama, model_type: 'olmoe', num_experts: 4, num_experts_per_tok: 2, norm_topk_prob: true, clip_qkv: null },
  {
    ...{ ...tinyLlama, model_type: 'lfm2_moe', num_hidden_layers: 2, layer_types: ['conv', 'full_attention'] },
    ...{ num_experts: 4, num_experts_per_tok: 2, num_dense_layers: 1, moe_intermediate_size: 16, conv_L_cache: 3 },
  },
  {
    ...{ ...tinyLlama, model_type: 'gemma4_text', num_hidden_layers: 2, head_dim: 8, global_head_dim: 16 },
    ...{
      layer_types: ['sliding_attention', 'full_attention'],
      hidden_size_per_layer_input: 8,
      num_kv_shared_layers: 0,
    },
    vocab_size_per_layer_input: tinyLlama.vocab_size,
    rope_parameters: {
      sliding_attention: { rope_type: 'default', rope_theta: 10_000 },
      full_attention: { rope_type: 'proportional', partial_rotary_factor: 0.25, rope_theta: 1_000_000 },
    },
    per_layer_config: { 1: { head_dim: 16 } },
  },
  {
    ...{ ...tinyLlama, model_type: 'gemma3n_text', num_hidden_layers: 2, head_dim: 8, num_kv_shared_layers: 0 },
    ...{ layer_types: ['sliding_attention', 'full_attention'], intermediate_size: [16, 24], laurel_rank: 4 },
    ...{
      hidden_size_per_layer_input: 8,
      activation_sparsity_pattern: [0.9, 0],
      altup_num_inputs: 3,
      altup_active_idx: 1,
    },
  },
  {
    ...{ architecture: 'efficientnet_b0', num_classes: 3, model_args: { channel_multiplier: 0.1 } },
    pretrained_cfg: { input_size: [3, 32, 32], interpolation: 'bicubic', mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
  },
];

/** The files of a folder of sentence-transformers, by their paths. */
const sentenceFolders = ['sentence_bert_config.json', 'sentence_xlm-roberta_config.json'].map((settings) => ({
  'modules.json': ['Transformer', 'Pooling', 'Normalize'].map((kind, idx) => ({
    ...{ idx, name: String(idx), path: idx === 0 ? '' : `${idx}_${kind}` },
    type: `sentence_transformers.models.${kind}`,
  })),
  '1_Pooling/config.json': { pooling_mode: 'mean', pooling_mode_cls_token: false, include_prompt: true },
  [settings]: { max_seq_length: 64, do_lower_case: false, transformer_task: 'feature-extraction' },
  'tokenizer_config.json': { model_max_length: 128 },
}));

const adapterHub = {
  config: { architecture: 'pfeiffer', reduction_factor: 16, non_linearity: 'relu', leave_out: [] },
  ...{ hidden_size: 32, model_class: 'BertModel', model_name: 'bert', model_type: 'bert', name: 'a', version: '1.0' },
};

export async function entries(): Promise<readonly Entry[]> {
  const adapter = seedFile(`${peft}/adapter_model.safetensors`);
  const adapterConfig = JSON.parse(textOf(seedFile(`${peft}/adapter_config.json`)));
  const legacy = seedFiles(torch, /^legacy.*\.bin$/);
  const zipped = seedFiles(torch, /^(?!legacy|hostile).*\.bin$/);
  const index = JSON.parse(textOf(seedFile(`${torch}/pytorch_model.bin.index.json`)));
  const shards = Object.fromEntries(
    [1, 2].map((part) => {
      const name = `pytorch_model-0000${part}-of-00002.bin`;
      return [name, seedFile(`${torch}/${name}`)];
    }),
  );
  const torchOf = async (bytes: Uint8Array) =>
    readSome(await openTorch(filesOf({ 'pytorch_model.bin': bytes }), 'pytorch_model.bin'));
  return [
    ofBytes('safetensors', [safetensors(), adapter], async (bytes) =>
      readSome(await openWeights(filesOf({ 'model.safetensors': bytes }))),
    ),
    ofBytes('bitsandbytes', [seedFile(`${bitsandbytes}/model.safetensors`)], async (bytes) => {
      const files = filesOf({ 'model.safetensors': bytes });
      await readSome(await decodedWeights(files, await openWeights(files)));
    }),
    ofBytes('torch', zipped, torchOf),
    ofBytes('torch-legacy', legacy, torchOf),
    ofJson('shards-index', [index], async (_, text) =>
      readSome(await openWeights(filesOf({ ...shards, 'pytorch_model.bin.index.json': bytesOf(text) }))),
    ),
    ofBytes('gguf', [seedFile('files/golden/pypi.gguf')], async (bytes) => {
      await openGguf(filesOf({ 'x.gguf': bytes }), 'x.gguf');
    }),
    ofBytes('gguf-base', [seedFile('exports/gguf/base/golden/llama.gguf')], async (bytes) => {
      const files = await withGguf(filesOf({ 'x.gguf': bytes }));
      await readSome((await openModel(files)).weights);
      (await openTokenizer(files)).encode('the cat');
    }),
    ofBytes('adapter', [adapter], async (bytes) => {
      const config = bytesOf(JSON.stringify(adapterConfig));
      await readPeft(filesOf({ 'adapter_config.json': config, 'adapter_model.safetensors': bytes }));
    }),
    ofJson('adapter-config', [adapterConfig], async (_, text) => {
      await readPeft(filesOf({ 'adapter_config.json': bytesOf(text), 'adapter_model.safetensors': adapter }));
    }),
    ofJson('adapterhub', [adapterHub], async (json, text) => {
      const config = (typeof json === 'object' && json !== null ? json : {}) as Readonly<Record<string, unknown>>;
      if (!isAdapterHub(config)) return;
      await readAdapterHub(filesOf({ 'adapter_config.json': bytesOf(text), 'pytorch_adapter.bin': zipped[0]! }));
    }),
    ofJson('model-config', configs, (json) => modelFromConfig(json)),
    ofJson('sentence-form', sentenceFolders, async (json) => {
      const texts = Object.entries(json ?? {}).map(([path, value]) => [path, bytesOf(JSON.stringify(value))] as const);
      await readSentenceForm(filesOf(Object.fromEntries(texts)));
    }),
  ];
}
