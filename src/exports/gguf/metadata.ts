import { type GgufMetadata, type GgufValue, string, u32 } from '../../files/gguf-types.ts';
import type { SafetensorsFloat } from '../../files/half.ts';
import { outputNames, saysLabels } from '../../models/heads.ts';
import type { Model, ParameterInfo } from '../../models/model.ts';
import { textConfig } from '../../models/wrapper.ts';
import type { PromptFormat } from '../../text/prompt-format.ts';
import type { SaidConversation } from '../conversation.ts';
import type { Base } from '../target.ts';
import type { Entries, GgufFamily } from './family.ts';
import { labelsKey } from './labels.ts';
import { ggufTokenizer } from './tokenizer.ts';

/** What a file is called by the types of its matrices: one, or llama.cpp's mix of Q4_K and Q6_K. */
export type GgufFileType = SafetensorsFloat | 'Q8_0' | 'Q4_K_M';
export const fileTypes: Readonly<Record<GgufFileType, number>> = { F32: 0, F16: 1, Q8_0: 7, Q4_K_M: 15, BF16: 32 };

interface Said {
  readonly name: string;
  readonly type: GgufFileType;
  /** Of the run: one that is not the model's own chat template is written in its place. */
  readonly prompt: PromptFormat | undefined;
  readonly conversation: SaidConversation | undefined;
}

/**
 * Everything that a whole model's GGUF file says beside its tensors.
 * @throws AppError 'gguf-unfit' where llama.cpp would compute or cut texts otherwise
 */
export async function ggufMetadata(
  base: Base,
  family: GgufFamily,
  { name, type, prompt, conversation }: Said,
): Promise<GgufMetadata> {
  const { parameters } = base.model;
  const entries = family.entries(textConfig(base.model));
  const tokenizer = await modelTokenizer(base, { prompt, conversation });
  const all: readonly (readonly [string, GgufValue])[] = [
    ['general.architecture', string(family.architecture)],
    ['general.type', string('model')],
    ['general.name', string(modelName(name, tokenizer.swallowsSpaces))],
    ['general.file_type', u32(fileTypes[type])],
    ['general.quantization_version', u32(2)],
    ...[...entries, ...labelEntries(base.model)].map(
      ([key, value]) => [`${family.architecture}.${key}`, value] as const,
    ),
    ...tokenTypeEntries(parameters),
    ...tokenizer.entries,
  ];
  return new Map(all);
}

/** What a file says of a model's tokenizer. @throws AppError as `ggufTokenizer` */
export function modelTokenizer({ model, files }: Base, said: Partial<Pick<Said, 'prompt' | 'conversation'>> = {}) {
  const rows = model.parameters.find(({ role }) => role === 'embedding')!.shape[0]!;
  return ggufTokenizer(files, rows, { ...said, isEncoder: isEncoder(model) });
}

/** Whether texts are read whole, between two tokens. */
export const isEncoder = (model: Model): boolean => saysLabels(model)?.causal === false;

/** What the outputs of a model that says labels are called; there are as many as names. */
function labelEntries(model: Model): Entries {
  return saysLabels(model) ? [[labelsKey, { type: 'strings', value: outputNames(model) }]] : [];
}

/** An encoder's tokens have types, of which llama.cpp takes the first. */
function tokenTypeEntries(parameters: readonly ParameterInfo[]): Entries {
  const types = parameters.find(({ name }) => name.endsWith('.token_type_embeddings.weight'));
  return types ? [['tokenizer.ggml.token_type_count', u32(types.shape[0]!)]] : [];
}

/** llama.cpp lets special tokens swallow spaces by this part of a name, and by nothing else. */
function modelName(name: string, swallows: boolean): string {
  const plain = name.replace(/phi-?(?=3)/gi, 'phi ');
  return swallows ? `phi-3 ${plain}` : plain;
}
