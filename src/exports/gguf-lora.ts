/** LoRA matrices as llama.cpp takes them beside a model (`--lora`). */
import { AppError, because, type Reason } from '../errors.ts';
import { f32, type GgufMetadata, string } from '../files/gguf-types.ts';
import { type GgufTensor, streamGguf } from '../files/gguf-write.ts';
import { tiedHeadModule } from '../models/model.ts';
import { plainName } from '../models/wrapper.ts';
import { lora, loraModules } from '../tuning/lora.ts';
import { type LoraModule, loraAName, loraBName } from '../tuning/lora-module.ts';
import type { ReadValues } from '../tuning/method.ts';
import { besideAdapter, type Tuning } from '../tuning/tuning.ts';
import { arranged } from './gguf/arrangements.ts';
import { ggufModel } from './gguf/families.ts';
import { ggufNames } from './gguf/family.ts';
import { openLoraOver } from './gguf/lora-read-back.ts';
import { wholeRefusal, writerRefusal } from './gguf.ts';
import { ggufLoraReadme } from './gguf-readme.ts';
import { refusalOf } from './refusal.ts';
import type { Base, RunFacts, StreamedFile, Target, Tuned } from './target.ts';

const file = 'adapter-lora.gguf';

export const ggufLora: Target = {
  file: 'adapter-lora.zip',
  holds: 'trained',
  refuses: ({ method, plainLora, beside, ...facts }: RunFacts) => {
    const other = because`it holds LoRA alone, and this is ${method}`;
    // What llama.cpp does not have is not in its other forms either.
    const asLora: RunFacts = { method: 'lora', plainLora, beside, ...facts };
    if (facts.labels !== false)
      return (
        wholeRefusal(asLora) ?? cannotHold(method === 'lora' ? because`the head is trained beside the matrices` : other)
      );
    const ofModel = writerRefusal(asLora);
    if (ofModel) return ofModel;
    if (facts.tuned) return refusalOf(() => requireLora(facts.tuned!));
    if (method !== 'lora') return cannotHold(other);
    if (!plainLora) return cannotHold(because`it is not plain LoRA over the published base`);
    if (beside) return cannotHold(because`weights of the base are trained beside the matrices`);
    return undefined;
  },
  async write(run) {
    const { base, tuning } = await run.tuned();
    return [loraFile(base, tuning, await run.values()), await ggufLoraReadme(run, file)];
  },
  readBack: (files, base) => openLoraOver(files, file, base),
};

const cannotHold = (reason: Reason): AppError => new AppError('gguf-lora-unfit', { reason });

/** @throws AppError 'gguf-lora-unfit' before a matrix is read; 'gguf-unfit' */
export function loraFile(base: Base, tuning: Tuning, read: ReadValues): StreamedFile {
  const { model, family } = ggufModel(base.model);
  const modules = requireLora({ base, tuning });
  // llama.cpp multiplies by alpha / rank, with one alpha for all: what a module has otherwise goes into its B.
  const strengths = [...modules.values()].map(({ scale, rank }) => scale * rank);
  const alpha = strengths.toSorted((a, b) => count(strengths, b) - count(strengths, a))[0]!;
  const metadata: GgufMetadata = new Map([
    ['general.architecture', string(family.architecture)],
    ['general.type', string('adapter')],
    ['adapter.type', string('lora')],
    ['adapter.lora.alpha', f32(alpha)],
  ]);
  const tensors = [...modules].flatMap(([path, { rank, scale, inFeatures, outFeatures }]): GgufTensor[] => {
    const names = ggufNames(family, `${path}.weight`);
    const arrangement = family.arrangement?.({ name: `${path}.weight` }, model);
    const factor = (scale * rank) / alpha;
    const a = async (): Promise<Float32Array> => {
      const values = await read(loraAName(path));
      return arrangement?.ofColumns ? arranged(values, arrangement) : values;
    };
    const b = async (): Promise<Float32Array> => {
      const values = await read(loraBName(path));
      const scaled = factor === 1 ? values : values.map((value) => value * factor);
      return arrangement && !arrangement.ofColumns ? arranged(scaled, arrangement) : scaled;
    };
    // A matrix that is cut has the same A in each part, and its own rows of B.
    const rows = outFeatures / names.length;
    const partOfB = async (part: number) => (await b()).subarray(part * rows * rank, (part + 1) * rows * rank);
    return names.flatMap((name, part): GgufTensor[] => [
      { name: `${name}.lora_a`, shape: [rank, inFeatures], type: 'F32', values: once(a) },
      { name: `${name}.lora_b`, shape: [rows, rank], type: 'F32', values: once(() => partOfB(part)) },
    ]);
  });
  return { path: file, parts: streamGguf(metadata, tensors) };
}

const count = (list: readonly number[], value: number): number => list.filter((each) => each === value).length;

const once = (values: () => Promise<Float32Array>) =>
  async function* (): AsyncGenerator<Float32Array> {
    yield values();
  };

/**
 * The modules of an adapter that is LoRA, nothing more, and on matrices that llama.cpp adds it to.
 * @throws AppError 'gguf-lora-unfit'; 'gguf-unfit' for a model that llama.cpp does not have
 */
function requireLora({ base, tuning }: Pick<Tuned, 'base' | 'tuning'>): ReadonlyMap<string, LoraModule> {
  const { model, family } = ggufModel(base.model);
  const { adapter } = tuning;
  if (adapter?.peftConfig.peft_type !== 'LORA')
    throw cannotHold(because`it holds LoRA alone, and this is ${adapter?.title ?? 'full fine-tuning'}`);
  if (adapter.peftConfig.use_dora) throw cannotHold(because`DoRA has a magnitude for each row beside the matrices`);
  if (adapter.residuals) throw cannotHold(because`the adapter was trained over a changed base`);
  const [beside] = besideAdapter(model, tuning);
  if (beside !== undefined) throw cannotHold(because`${beside} was trained beside the matrices`);
  const modules = loraModules(model, { method: 'lora', ...lora.settingsOf(adapter.peftConfig) });
  const tied = tiedHeadModule(model);
  const embedded = [...modules].find(([path, { embeds }]) => embeds || path === tied);
  if (embedded) throw cannotHold(because`it changes ${embedded[0]}, which is the token embedding`);
  for (const path of modules.keys()) {
    if (family.withoutLora?.includes(plainName(path))) throw cannotHold(because`llama.cpp adds no LoRA to ${path}`);
    if (ggufNames(family, `${path}.weight`).length === 0) throw cannotHold(because`llama.cpp has no place for ${path}`);
  }
  return modules;
}
