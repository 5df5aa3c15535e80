import { targets, weightsAlone } from '../exports/targets.ts';
import { blobFiles } from '../files/blob-files.ts';
import { writeSafetensors } from '../files/safetensors-write.ts';
import type { ModelFiles } from '../files/source.ts';
import type { JsonObject } from '../models/config-reader.ts';
import { constantsOf } from '../models/model.ts';
import { modelFromConfig } from '../models/registry.ts';
import { type OpenModel, openModel } from '../training/session/open-model.ts';
import { goldenRun } from './golden-run.ts';
import { written } from './written.ts';

/** A model of any config with a tokenizer of at most 127 tokens, in whose weights no value comes twice, and its GGUF file. */
export async function randomGguf(json: JsonObject): Promise<{ readonly base: OpenModel; readonly gguf: ModelFiles }> {
  let at = 0;
  const value = () => Math.fround(Math.sin(++at) * 0.5);
  const model = modelFromConfig(json);
  const tensors = [...model.parameters, ...constantsOf(model)].map(({ name, shape }) => {
    const data = Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, value);
    return { name, dtype: 'F32' as const, shape, data };
  });
  const golden = (await goldenRun('qwen3_5_text-lora')).open.files;
  const texts = ['tokenizer.json', 'tokenizer_config.json'];
  const kept = await Promise.all(texts.map(async (path) => [path, new Blob([await golden.text(path)])] as const));
  const own = [
    ['config.json', new Blob([JSON.stringify(json)])],
    ['model.safetensors', new Blob([writeSafetensors(tensors)])],
  ] as const;
  const base = await openModel(blobFiles(new Map([...kept, ...own])));
  const run = weightsAlone(
    { base, baseName: null, tuning: { trained: new Map(), adapterParameters: [] } },
    async () => {
      throw new Error('nothing was trained');
    },
  );
  return { base, gguf: await written(await targets['gguf-f16'].write(run)) };
}
