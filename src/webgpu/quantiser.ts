import { AppError } from '../errors.ts';
import { blocksInRow, type MadeDType } from '../graph/quantisation.ts';
import { bytesPerElement, elementCount, type FloatDType, isQuantised } from '../graph/types.ts';
import { pieceBytes } from '../plan/executor.ts';
import type { SpecOf } from '../plan/kernels.ts';
import type { PersistentSegment, PersistentTensor } from '../plan/types.ts';
import { type BufferOwner, storageUsage, usage } from './buffers.ts';
import type { DeviceHealth } from './health.ts';
import { entriesOf, kernelOf, type PipelineCache } from './pipelines.ts';
import { mapModeRead } from './readback.ts';

/** Blocks of one dispatch, and places in the buffer of errors. */
const mostBlocks = 32768;
const errorBytes = mostBlocks * 8;

interface Buffers {
  readonly staging: GPUBuffer;
  readonly errors: GPUBuffer;
  readonly uniforms: GPUBuffer;
}

interface Context {
  readonly device: GPUDevice;
  readonly health: DeviceHealth;
  readonly buffers: BufferOwner;
  readonly pipelines: PipelineCache;
  readonly bufferOf: (name: string) => GPUBuffer;
  readonly onPipeline: () => void;
}

/** Rows of one segment, on their way from published values to blocks. */
interface Piece {
  readonly segment: PersistentSegment;
  /** In the segment. */
  readonly firstRow: number;
  readonly rows: number;
  readonly width: number;
  readonly source: FloatDType;
  readonly target: MadeDType;
  readonly values: Uint8Array;
}

/** Makes quantised weights on the GPU out of published rows, a few MiB at a time. */
export class WeightQuantiser {
  private made: Buffers | undefined;
  private difference = 0;
  private size = 0;

  constructor(private readonly context: Context) {}

  /** @throws AppError 'internal' where the tensor is not quantised or the rows are not whole and within it */
  write({ name, type, segments }: PersistentTensor, published: Uint8Array, source: FloatDType, firstRow: number): void {
    const { dtype: target, shape } = type;
    const width = shape.at(-1)!;
    const rowBytes = width * bytesPerElement(source);
    const rows = published.length / rowBytes;
    // Segments count along the first axis, which of a stack of matrices is one of them.
    const matrixRows = elementCount(shape.slice(1, -1));
    if (
      !isQuantised(target) ||
      target === 'fp4' ||
      !Number.isInteger(rows) ||
      firstRow + rows > segments.at(-1)!.rowEnd * matrixRows
    )
      throw new AppError('internal', { reason: `${rows} rows at ${firstRow} do not fit ${name} as ${target}` });
    // Pairs of rows keep 16-bit values on whole words.
    const room = Math.min(pieceBytes / rowBytes, mostBlocks / blocksInRow(width));
    const rowsAtOnce = Math.max(1, Math.floor(room / 2) * 2);
    for (const segment of segments) {
      const begin = segment.rowBegin * matrixRows;
      const end = Math.min(firstRow + rows, segment.rowEnd * matrixRows);
      for (let row = Math.max(firstRow, begin); row < end; row += rowsAtOnce) {
        const count = Math.min(rowsAtOnce, end - row);
        const values = published.subarray((row - firstRow) * rowBytes, (row - firstRow + count) * rowBytes);
        this.writePiece({ segment, firstRow: row - begin, rows: count, width, source, target, values });
      }
    }
  }

  /** Gives the buffers back; resolves to √(Σ(kept − published)² / Σ published²) over everything ever written. */
  async finish(): Promise<number> {
    if (this.made !== undefined) await this.addErrors(this.made);
    for (const buffer of Object.values(this.made ?? {})) this.context.buffers.destroy(buffer);
    this.made = undefined;
    return this.size === 0 ? 0 : Math.sqrt(this.difference / this.size);
  }

  private async addErrors({ errors }: Buffers): Promise<void> {
    const { device, buffers, health } = this.context;
    const staging = buffers.allocate(errorBytes, () =>
      buffers.create('quantisation errors', errorBytes, usage.mapRead | usage.copyTarget),
    );
    try {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(errors, 0, staging, 0, errorBytes);
      device.queue.submit([encoder.finish()]);
      await health.settle(staging.mapAsync(mapModeRead));
      const sums = new Float32Array(staging.getMappedRange());
      for (let block = 0; block < mostBlocks; block++) {
        this.difference += sums[2 * block]!;
        this.size += sums[2 * block + 1]!;
      }
    } finally {
      buffers.destroy(staging);
    }
  }

  private writePiece({ segment, firstRow, rows, width, source, target, values }: Piece): void {
    const { device, pipelines, bufferOf, onPipeline } = this.context;
    const { staging, errors, uniforms } = this.buffersFor(values.length);
    const { queue } = device;
    const blocks = rows * blocksInRow(width);
    const firstBlock = firstRow * blocksInRow(width);
    queue.writeBuffer(staging, 0, wholeWords(values));
    queue.writeBuffer(uniforms, 0, Uint32Array.of(rows, width, firstBlock, 0));
    const spec: SpecOf<'quantise'> = { kernel: 'quantise', source, target };
    const kernel = kernelOf(spec);
    const out = { buffer: bufferOf(segment.buffer), offset: segment.offset, size: segment.bytes };
    const bindGroup = device.createBindGroup({
      layout: pipelines.bindGroupLayout(kernel),
      entries: entriesOf(spec, { values: { buffer: staging }, out, errors: { buffer: errors } }, uniforms),
    });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipelines.get(kernel, onPipeline));
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(Math.ceil(blocks / 64));
    pass.end();
    queue.submit([encoder.finish()]);
  }

  private buffersFor(bytes: number): Buffers {
    const { buffers } = this.context;
    if (this.made !== undefined && this.made.staging.size >= bytes) return this.made;
    if (this.made !== undefined) buffers.destroy(this.made.staging);
    const { errors, uniforms } = this.made ?? {};
    const size = Math.max(pieceBytes, bytes);
    this.made = buffers.allocate(size + errorBytes, () => ({
      staging: buffers.create('quantise', size, storageUsage),
      errors: errors ?? buffers.create('quantisation errors', errorBytes, storageUsage),
      uniforms: uniforms ?? buffers.create('quantise uniforms', 16, usage.uniform | usage.copyTarget),
    }));
    return this.made;
  }
}

/** WebGPU writes whole words only. */
function wholeWords(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length % 4 === 0) return bytes as Uint8Array<ArrayBuffer>;
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return padded;
}
