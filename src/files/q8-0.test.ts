import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** In vectors, and one by one as where a page may have no WebAssembly. */
async function bothWays() {
  const { encodeQ8: inVectors } = await import('./q8-0.ts');
  const vectors = inVectors(new Float32Array(32));
  expect(vectors).toEqual(new Uint8Array(34));
  vi.resetModules();
  vi.stubGlobal('WebAssembly', undefined);
  const { encodeQ8: oneByOne } = await import('./q8-0.ts');
  return { inVectors, oneByOne };
}

/** Numbers of every size, halves between two steps, and zeros of both signs. */
function block(seed: number): Float32Array {
  let state = seed * 2654435761;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const size = 10 ** (next() * 90 - 45);
  if (seed % 5 === 0) return new Float32Array(Uint32Array.from({ length: 32 }, () => next() * 2 ** 32).buffer);
  if (seed % 5 === 1)
    return Float32Array.from({ length: 32 }, (_, i) => (i === 0 ? 127 : Math.round(next() * 508 - 254) / 2));
  return Float32Array.from({ length: 32 }, (_, i) => (i % 8 === 0 ? -0 : size * (next() - 0.5)));
}

test('eight bits are the same with WebAssembly and without, and so is what is refused', async () => {
  const { inVectors, oneByOne } = await bothWays();
  let refused = 0;
  for (let seed = 1; seed <= 2000; seed++) {
    const values = block(seed);
    expect(inVectors(values), `block ${seed}`).toEqual(oneByOne(values));
    if (oneByOne(values) === undefined) refused++;
  }
  expect(refused).toBeGreaterThan(100);
  expect(refused).toBeLessThan(1500);
});

test('eight bits are made one by one where there is no memory for WebAssembly', async () => {
  const { oneByOne } = await bothWays();
  vi.unstubAllGlobals();
  vi.resetModules();
  const { encodeQ8 } = await import('./q8-0.ts');
  const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
    throw new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded');
  });
  expect(encodeQ8(block(2))).toEqual(oneByOne(block(2)));
  expect(grow).toHaveBeenCalled();
});

test('more values than lie in its memory at a time', async () => {
  const { inVectors, oneByOne } = await bothWays();
  const values = Float32Array.from({ length: 32 * 1300 }, (_, i) => Math.sin(i) * ((i % 97) - 48));
  const expected = oneByOne(values)!;
  expect(Buffer.from(inVectors(values)!).equals(Buffer.from(expected))).toBe(true);
  values[32 * 1299] = Number.NaN;
  expect([inVectors(values), oneByOne(values)]).toEqual([undefined, undefined]);
});
