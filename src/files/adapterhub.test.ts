import { describe, expect, it } from 'vitest';
import { adapterHubFiles, type HeadFacts, isAdapterHub, readAdapterHub } from './adapterhub.ts';
import { blobFiles } from './blob-files.ts';
import type { PeftAdapter } from './peft.ts';
import { openSafetensors } from './safetensors.ts';

const name = 'model.layers.0.output_adapters.adapters.adapter_up.bias';
const adapter: PeftAdapter = {
  config: { config: { is_parallel: true, scaling: 4 }, model_class: 'LlamaForCausalLM', name: 'mine' },
  tensors: new Map([[name, { shape: [2], data: Float32Array.of(1, 2) }]]),
};
const filesOf = (given: PeftAdapter, head?: HeadFacts) =>
  blobFiles(new Map(adapterHubFiles(given, head).map(({ path, parts }) => [path, new Blob([...parts])])));

describe("an adapter of AdapterHub's", () => {
  it("has the adapter's own name in its tensors, and reads back without it", async () => {
    const files = filesOf(adapter);
    const { tensors } = await openSafetensors(files, 'adapter.safetensors');
    expect([...tensors.keys()]).toEqual(['model.layers.0.output_adapters.adapters.mine.adapter_up.bias']);
    expect(await readAdapterHub(files)).toEqual(adapter);
  });

  it('of a classifier has its head in files of its own', async () => {
    const head = { shape: [1], data: Float32Array.of(3) };
    const classifier = { ...adapter, tensors: new Map([...adapter.tensors, ['classifier.bias', head]]) };
    const files = filesOf(classifier, { label2id: { a: 0 }, num_labels: 1 });
    const { tensors } = await openSafetensors(files, 'model_head.safetensors');
    expect([...tensors.keys()]).toEqual(['classifier.bias']);
    expect(JSON.parse(await files.text('head_config.json'))).toMatchObject({ label2id: { a: 0 }, name: null });
    expect(await readAdapterHub(files)).toEqual(classifier);
  });

  it('of a language model is read without the head that the library saves beside it', async () => {
    const head = { shape: [1], data: Float32Array.of(3) };
    const withHead = { ...adapter, tensors: new Map([...adapter.tensors, ['lm_head.weight', head]]) };
    expect(await readAdapterHub(filesOf(withHead, { label2id: {}, num_labels: 0 }))).toEqual(adapter);
  });

  it('is written with the decimal point that the library asks of a scaling', async () => {
    expect(await filesOf(adapter).text('adapter_config.json')).toContain('"scaling": 4.0\n');
  });

  it('is told from one of PEFT', () => {
    expect(isAdapterHub(adapter.config)).toBe(true);
    expect(isAdapterHub({ peft_type: 'LORA' })).toBe(false);
  });

  it('with tensors of another adapter is refused', async () => {
    const other = { ...adapter, config: { ...adapter.config, name: 'other' } };
    const files = filesOf(adapter);
    const changed = { ...files, text: async (path: string) => await filesOf(other).text(path) };
    await expect(readAdapterHub(changed)).rejects.toMatchObject({ code: 'adapter-invalid' });
  });
});
