import { concat, keep, reshape, slice, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { AppError } from '../errors.ts';
import { dequantise } from '../graph/quantisation.ts';
import { byteLength, bytesPerElement, elementCount, isQuantised, type TensorType } from '../graph/types.ts';
import { type Elements, fromBytes, toBytes } from './half.ts';

export const elementType = ({ dtype }: TensorType): 'float32' | 'int32' =>
  dtype === 'i32' || dtype === 'u32' ? 'int32' : 'float32';

export const toTensor = (values: Elements, type: TensorType): Tensor =>
  tensor(values, [...type.shape], elementType(type));

/**
 * What TensorFlow.js holds a tensor as. Words are held as their bytes: its WebGPU backend computes with whole numbers as
 * f32, which keeps 24 bits of them.
 */
const heldAs = (type: TensorType): TensorType =>
  type.dtype === 'u32' ? { shape: [...type.shape, 4], dtype: 'i32' } : type;

/** Bytes of a tensor as TensorFlow.js holds it: four an element. */
export const heldBytes = (type: TensorType): number => 4 * elementCount(heldAs(type).shape);

/** A persistent buffer: values on the host until first needed, then a tensor that effects replace. */
export class Parameter {
  private readonly held: TensorType;
  private host: Elements | undefined;
  private current: Tensor | undefined;

  constructor(
    readonly name: string,
    readonly type: TensorType,
  ) {
    this.held = heldAs(type);
  }

  /** As TensorFlow.js holds it: 16-bit weights take twice their published size, quantised ones four bytes a value. */
  get bytes(): number {
    return heldBytes(this.type);
  }

  /** The tensor of now; belongs to the parameter. Its host copy goes. */
  tensor(): Tensor {
    if (this.current === undefined) {
      // Often first asked for inside a tidy, which must not take it away.
      this.current = keep(toTensor(this.host ?? this.zeros(), this.held));
      this.host = undefined;
    }
    return this.current;
  }

  /** Takes a tensor over as the new value and drops the old one. */
  replace(next: Tensor): void {
    this.current?.dispose();
    this.current = next;
    this.host = undefined;
  }

  write(bytes: Uint8Array, byteOffset: number): void {
    const [size, elements] = this.unit();
    const first = (byteOffset / size) * elements;
    const room = byteLength(this.type) - byteOffset;
    if (byteOffset % size !== 0 || byteOffset < 0 || bytes.length % size !== 0 || bytes.length > room)
      throw new AppError('internal', { reason: `${bytes.length} bytes at ${byteOffset} do not fit ${this.name}` });
    this.put(this.valuesOf(bytes), first);
  }

  /** Puts values from element `first` on; those beyond the end are left out. */
  put(all: Elements, first: number): void {
    // 16-bit tensors of odd length come padded to a whole word.
    const count = elementCount(this.held.shape);
    const values = all.subarray(0, count - first) as Elements;
    if (values.length === count) this.replaceAll(values);
    else if (this.current === undefined) this.stage(values, first);
    else this.patch(values, first);
  }

  /** @throws AppError 'internal' for a quantised type: only the values are kept, not the bits they came from */
  async read(): Promise<Uint8Array> {
    const { dtype, shape } = this.type;
    if (isQuantised(dtype)) throw new AppError('internal', { reason: `${this.name} is kept dequantised` });
    if (this.current === undefined) return toBytes(this.host ?? this.zeros(), { dtype, shape });
    // A copy of its own, as the parameter may be replaced while the values are on their way.
    const copy = this.current.clone();
    try {
      return toBytes(await copy.data(), { dtype, shape });
    } finally {
      copy.dispose();
    }
  }

  dispose(): void {
    this.current?.dispose();
    this.current = undefined;
    this.host = undefined;
  }

  /** The bytes, and the elements in them, that are written as a whole: one element, or one row of quantised blocks. */
  private unit(): readonly [bytes: number, elements: number] {
    const { dtype, shape } = this.type;
    const width = shape.at(-1)!;
    if (dtype === 'u32') return [1, 1];
    return isQuantised(dtype) ? [byteLength({ shape: [width], dtype }), width] : [bytesPerElement(dtype), 1];
  }

  private valuesOf(bytes: Uint8Array): Elements {
    const { dtype, shape } = this.type;
    if (!isQuantised(dtype)) return fromBytes(bytes, dtype);
    return dequantise(new Uint32Array(bytes.slice().buffer), shape.at(-1)!, dtype);
  }

  private zeros(): Elements {
    const count = elementCount(this.held.shape);
    return elementType(this.held) === 'int32' ? new Int32Array(count) : new Float32Array(count);
  }

  private replaceAll(values: Elements): void {
    this.dispose();
    this.host = values;
  }

  private stage(values: Elements, first: number): void {
    this.host ??= this.zeros();
    this.host.set(values, first);
  }

  private patch(values: Elements, first: number): void {
    const count = elementCount(this.held.shape);
    const end = first + values.length;
    const patched = tidy(() => {
      const old = reshape(this.current!, [count]);
      const middle = tensor(values, [values.length], elementType(this.held));
      const parts = [slice(old, [0], [first]), middle, slice(old, [end], [count - end])];
      return reshape(concat(parts.filter((part) => part.size > 0)), [...this.held.shape]);
    });
    this.replace(patched);
  }
}
