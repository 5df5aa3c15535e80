import { GraphBuilder } from '../builder.ts';
import { writtenInputs } from '../properties.ts';
import { dequantise, quantise } from '../quantisation.ts';
import { mix32, siteKey } from '../random.ts';
import {
  byteLength,
  type DType,
  elementCount,
  type Graph,
  isQuantised,
  type ParameterKind,
  type Value,
  type WeightDType,
} from '../types.ts';

export type FeedArray = Float32Array | Int32Array | Uint32Array;

export interface CaseParameter {
  /** As the executor takes them: bf16 and f16 packed, little-endian, padded to whole words; or quantised blocks. */
  readonly bytes: Uint8Array;
  /** The same values, widened or dequantised exactly, as the reference takes them. */
  readonly values: Float64Array;
  readonly dtype: DType;
}

/** A program with all the data of one run. */
export interface BuiltCase {
  readonly graph: Graph;
  readonly parameters: ReadonlyMap<string, CaseParameter>;
  readonly feeds: Readonly<Record<string, FeedArray>>;
  /** Names of the parameters that the program writes: they are compared after the run. */
  readonly written: readonly string[];
}

const word = new DataView(new ArrayBuffer(4));

/** The 16 bits of the value that a bf16 or f16 keeps of x: the rest is cut off, as test data need no rounding. */
function pack16(x: number, dtype: 'bf16' | 'f16'): number {
  word.setFloat32(0, x);
  const bits = word.getUint32(0);
  if (dtype === 'bf16') return bits >>> 16;
  const exponent = ((bits >>> 23) & 255) - 112;
  // Too small for a normal half becomes zero; test data never come near the largest.
  return exponent <= 0 ? 0 : ((bits >>> 16) & 0x8000) | (exponent << 10) | ((bits >>> 13) & 1023);
}

function widen16(half: number, dtype: 'bf16' | 'f16'): number {
  const exponent = (half >>> 10) & 31;
  const normal = ((half & 0x8000) << 16) | ((exponent + 112) << 23) | ((half & 1023) << 13);
  word.setInt32(0, dtype === 'bf16' ? half << 16 : exponent === 0 ? 0 : normal);
  return word.getFloat32(0);
}

function packParameter(values: readonly number[], shape: readonly number[], dtype: WeightDType | 'u32'): CaseParameter {
  if (dtype === 'u32')
    return { bytes: new Uint8Array(Uint32Array.from(values).buffer), values: Float64Array.from(values), dtype };
  if (isQuantised(dtype)) {
    const width = shape.at(-1)!;
    const words = quantise(Float32Array.from(values), width, dtype);
    return { bytes: new Uint8Array(words.buffer), values: Float64Array.from(dequantise(words, width, dtype)), dtype };
  }
  const bytes = new Uint8Array(byteLength({ shape, dtype }));
  const view = new DataView(bytes.buffer);
  const widened = Float64Array.from(values, (value, i) => {
    if (dtype === 'f32') {
      view.setFloat32(4 * i, value, true);
      return Math.fround(value);
    }
    const half = pack16(value, dtype);
    view.setUint16(2 * i, half, true);
    return widen16(half, dtype);
  });
  return { bytes, values: widened, dtype };
}

/** `count` numbers of mean 0 and variance 1, close to normal (the sum of four uniforms), a pure function of the name. */
export function seededNumbers(name: string, count: number): number[] {
  const key = siteKey(name);
  const uniform = (n: number): number => mix32(n ^ key) / 2 ** 32 - 0.5;
  return Array.from({ length: count }, (_, i) => {
    const sum = uniform(4 * i) + uniform(4 * i + 1) + uniform(4 * i + 2) + uniform(4 * i + 3);
    return Math.fround(sum * Math.sqrt(3));
  });
}

interface ParameterOptions {
  readonly dtype?: WeightDType | 'u32';
  readonly kind?: ParameterKind;
  /** Default: seeded numbers. */
  readonly values?: readonly number[];
}

/** Declares parameters and inputs together with seeded data for them. */
export class CaseBuilder {
  readonly builder = new GraphBuilder();
  private readonly parameters = new Map<string, CaseParameter>();
  private readonly feeds: Record<string, FeedArray> = {};

  constructor(private readonly caseName: string) {}

  parameter(name: string, shape: readonly number[], options: ParameterOptions = {}): Value {
    const { dtype = 'f32', kind = 'weight', values = this.numbers(name, elementCount(shape)) } = options;
    this.parameters.set(name, packParameter(values, shape, dtype));
    return this.builder.parameter(name, { shape, dtype }, kind);
  }

  input(name: string, shape: readonly number[], values = this.numbers(name, elementCount(shape))): Value {
    this.feeds[name] = Float32Array.from(values);
    return this.builder.input(name, { shape, dtype: 'f32' });
  }

  integers(name: string, shape: readonly number[], values: readonly number[]): Value {
    this.feeds[name] = Int32Array.from(values);
    return this.builder.input(name, { shape, dtype: 'i32' });
  }

  seed(name: string, words: readonly [number, number]): Value {
    this.feeds[name] = Uint32Array.from(words);
    return this.builder.input(name, { shape: [2], dtype: 'u32' });
  }

  finish(outputs: Readonly<Record<string, Value>>): BuiltCase {
    const graph = this.builder.finish(outputs);
    return { graph, parameters: this.parameters, feeds: this.feeds, written: writtenParameters(graph) };
  }

  private numbers = (name: string, count: number): number[] => seededNumbers(`${this.caseName}/${name}`, count);
}

/** The parameters that effects of the program write, each once. */
export function writtenParameters(graph: Graph): string[] {
  const names = graph.nodes
    .flatMap(writtenInputs)
    .map((value) => (value.node.op === 'parameter' ? value.node.attributes.name : ''));
  return [...new Set(names)];
}

/** A named program at shapes that break sloppy kernels, with its data and how closely an f32 executor must match. */
export interface OpCase {
  readonly name: string;
  /** Largest |got − wanted| allowed, as a share of the largest |wanted| of the same tensor. */
  readonly tolerance: number;
  build(): BuiltCase;
}

/**
 * f32 tolerance of a program whose longest sum has `terms` terms of random sign. Rounding errors of such a sum grow
 * with √terms times half an ulp (6e-8), relative to its own spread: 1e-6·√terms leaves a factor of 15 or so for the
 * largest of many elements and for other orders of summation. 1e-5 stands for exp and tanh, which WGSL allows tens of
 * ulps. A kernel that reads a wrong element is off by the order of 1.
 */
export const f32Tolerance = (terms: number): number => 1e-5 + 1e-6 * Math.sqrt(terms);

export function opCase(
  name: string,
  terms: number,
  build: (data: CaseBuilder) => Readonly<Record<string, Value>>,
): OpCase {
  return {
    name,
    tolerance: f32Tolerance(terms),
    build() {
      const data = new CaseBuilder(name);
      return data.finish(build(data));
    },
  };
}
