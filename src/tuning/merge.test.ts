import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.resetModules();
});

const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + i * 1.37) * ((i % 13) + 0.1));

const sizes = [
  { rank: 1, inFeatures: 4, outFeatures: 1 },
  { rank: 3, inFeatures: 12, outFeatures: 6 },
  { rank: 5, inFeatures: 8, outFeatures: 131 },
  { rank: 8, inFeatures: 36, outFeatures: 65 },
  { rank: 2, inFeatures: 7, outFeatures: 5 },
];

test.each(sizes)(
  'W + s·B·A of $outFeatures × $inFeatures and rank $rank has the bits of sums in float64',
  async (size) => {
    const { rank, inFeatures, outFeatures } = size;
    const [w, a, b] = [
      numbers(inFeatures * outFeatures, 1),
      numbers(rank * inFeatures, 2),
      numbers(outFeatures * rank, 3),
    ];
    const scale = 0.7;
    for (const transposed of [false, true]) {
      const at = (out: number, input: number) => (transposed ? input * outFeatures + out : out * inFeatures + input);
      const expected = new Float32Array(w.length);
      for (let out = 0; out < outFeatures; out++)
        for (let input = 0; input < inFeatures; input++) {
          let sum = 0;
          for (let k = 0; k < rank; k++) sum += scale * b[out * rank + k]! * a[k * inFeatures + input]!;
          expected[at(out, input)] = w[at(out, input)]! + sum;
        }
      for (const webAssembly of [WebAssembly, undefined]) {
        vi.resetModules();
        vi.stubGlobal('WebAssembly', webAssembly);
        const { mergeProduct } = await import('./merge.ts');
        expect(mergeProduct(w.slice(), b, a, { ...size, scale, transposed })).toEqual(expected);
        vi.unstubAllGlobals();
      }
    }
  },
);

test('where there is no memory for WebAssembly, W + B·A is the same', async () => {
  const size = { rank: 2, inFeatures: 256, outFeatures: 3, scale: 1, transposed: false };
  const [b, a] = [numbers(6, 1), numbers(512, 2)];
  const { mergeProduct } = await import('./merge.ts');
  const expected = mergeProduct(new Float32Array(768), b, a, size);
  vi.resetModules();
  const { mergeProduct: withoutRoom } = await import('./merge.ts');
  const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
    throw new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded');
  });
  expect(withoutRoom(new Float32Array(768), b, a, size)).toEqual(expected);
  expect(grow).toHaveBeenCalled();
});
