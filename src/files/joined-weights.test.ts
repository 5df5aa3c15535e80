import { expect, test } from 'vitest';
import { blobFiles } from './blob-files.ts';
import { joinedWeights } from './joined-weights.ts';
import { openWeights } from './model-weights.ts';
import { safetensorsParts } from './safetensors-write.ts';

const shapes: Readonly<Record<string, readonly [number, number]>> = { gate: [2, 3], up: [2, 3] };
const names = [0, 1].flatMap((expert) => Object.keys(shapes).map((part) => `model.experts.${expert}.${part}.weight`));
const wanted = { name: 'model.experts.both', shape: [2, 4, 3], publishedNames: ['model.experts.both'], pieces: names };

/** Six numbers for each of the names, counted on from one to the next. */
const files = (
  list: readonly string[],
  shapeOf = (_: string): readonly number[] => [2, 3],
  dtype = 'F32' as 'F32' | 'F16',
) => {
  const tensors = list.map((name, i) => {
    const data = Float32Array.from({ length: 6 }, (_, j) => 6 * i + j);
    return { name, dtype: name === list[0] ? dtype : ('F32' as const), shape: shapeOf(name), data };
  });
  return blobFiles(new Map([['model.safetensors', new Blob(safetensorsParts(tensors))]]));
};
const opened = async (given: ReturnType<typeof files>) => joinedWeights(await openWeights(given), [wanted], 'model.');
const all = Array.from({ length: 24 }, (_, i) => i);

test('a stack is read from its pieces, in parts of any size, with or without the prefix', async () => {
  for (const list of [names, names.map((name) => name.slice('model.'.length))]) {
    const weights = await opened(files(list));
    expect(weights.tensors.get(wanted.name)?.shape).toEqual([2, 4, 3]);
    expect([...(await weights.readFloats(wanted.name))]).toEqual(all);
    const parts: Uint8Array[] = [];
    for await (const part of weights.streamTensor(wanted.name, 40)) parts.push(part);
    expect(parts.map(({ length }) => length)).toEqual([40, 40, 16]);
    const joined = new Uint8Array(parts.flatMap((part) => [...part]));
    expect([...new Float32Array(joined.buffer)]).toEqual(all);
    expect(weights.pieces?.get(wanted.name)).toEqual(list);
  }
});

test('a stack that is there as a whole is left as it is', async () => {
  const one = await opened(files([wanted.name]));
  expect(one.pieces).toBeUndefined();
});

test('a piece that is missing or has another shape is named', async () => {
  await expect(opened(files(names.slice(1)))).rejects.toThrow(names[0]);
  await expect(opened(files(names, (name) => (name === names[2] ? [3, 2] : [2, 3])))).rejects.toThrow(names[2]);
});
