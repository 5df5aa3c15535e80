import { AppError } from '../errors.ts';
import { unpaddedBytes } from '../graph/types.ts';
import type { PersistentSegment, PersistentTensor } from '../plan/types.ts';
import { type BufferOwner, usage } from './buffers.ts';
import type { DeviceHealth } from './health.ts';
import { mapModeRead } from './readback.ts';

/** A download goes through staging of at most this size. */
const chunkBytes = 32 * 2 ** 20;

/** A stretch of a tensor's bytes and where it lies in its segment. */
interface Stretch {
  readonly segment: PersistentSegment;
  /** From the beginning of the segment. */
  readonly at: number;
  /** In the bytes of the whole tensor. */
  readonly begin: number;
  readonly end: number;
}

/** The parts of bytes [begin, end) of a tensor that lie in each of its segments. */
function stretches(tensor: PersistentTensor, begin: number, end: number): Stretch[] {
  const rows = tensor.segments.at(-1)!.rowEnd;
  const rowBytes = rows === 0 ? 0 : unpaddedBytes(tensor.type) / rows;
  return tensor.segments.flatMap((segment) => {
    const from = Math.max(begin, segment.rowBegin * rowBytes);
    const to = Math.min(end, segment.rowEnd * rowBytes);
    return from < to ? [{ segment, at: from - segment.rowBegin * rowBytes, begin: from, end: to }] : [];
  });
}

/** Moves the bytes of persistent tensors up and down. */
export class PersistentTransfer {
  /** 4-byte words of which a part was written: the other part must not be lost when the rest comes. */
  private readonly partialWords = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(
    private readonly device: GPUDevice,
    private readonly health: DeviceHealth,
    private readonly buffers: BufferOwner,
    private readonly bufferOf: (name: string) => GPUBuffer,
  ) {}

  /** Uploads bytes as they are to lie from `byteOffset` on; padding to a whole word at the end of the tensor is ignored. */
  write(tensor: PersistentTensor, bytes: Uint8Array, byteOffset: number): void {
    const size = unpaddedBytes(tensor.type);
    const end = byteOffset + bytes.length;
    if (byteOffset < 0 || end > Math.ceil(size / 4) * 4)
      throw new AppError('internal', { reason: `${tensor.name} has ${size} bytes, not ${end}` });
    for (const { segment, at, begin, end: stop } of stretches(tensor, byteOffset, Math.min(end, size)))
      this.writeRange(segment.buffer, segment.offset + at, bytes.subarray(begin - byteOffset, stop - byteOffset));
  }

  /** WebGPU writes whole words only; words at the edges that are written in part are completed from what came before. */
  private writeRange(buffer: string, offset: number, bytes: Uint8Array): void {
    const alignedBegin = Math.min(Math.ceil(offset / 4) * 4, offset + bytes.length);
    const head = alignedBegin - offset;
    const whole = Math.floor((bytes.length - head) / 4) * 4;
    if (head > 0) this.patchWord(buffer, offset, bytes.subarray(0, head));
    if (whole > 0) {
      const body = bytes.subarray(head, head + whole) as Uint8Array<ArrayBuffer>;
      this.device.queue.writeBuffer(this.bufferOf(buffer), alignedBegin, body);
    }
    if (head + whole < bytes.length) this.patchWord(buffer, alignedBegin + whole, bytes.subarray(head + whole));
  }

  private patchWord(buffer: string, offset: number, bytes: Uint8Array): void {
    const start = Math.floor(offset / 4) * 4;
    const key = `${buffer} ${start}`;
    const word = this.partialWords.get(key) ?? new Uint8Array(4);
    word.set(bytes, offset - start);
    this.partialWords.set(key, word);
    this.device.queue.writeBuffer(this.bufferOf(buffer), start, word);
  }

  /** Reads the bytes back, a chunk at a time through one staging buffer. */
  async read(tensor: PersistentTensor): Promise<Uint8Array> {
    const result = new Uint8Array(unpaddedBytes(tensor.type));
    const largest = Math.max(...tensor.segments.map(({ bytes }) => bytes));
    const staging = this.buffers.allocate(chunkBytes, () =>
      this.buffers.create('download', Math.min(chunkBytes, largest), usage.mapRead | usage.copyTarget),
    );
    try {
      for (const { segment, begin, end } of stretches(tensor, 0, result.length))
        for (let at = 0; at < end - begin; at += chunkBytes) {
          const wanted = Math.min(chunkBytes, end - begin - at);
          const encoder = this.device.createCommandEncoder();
          const words = Math.ceil(wanted / 4) * 4;
          encoder.copyBufferToBuffer(this.bufferOf(segment.buffer), segment.offset + at, staging, 0, words);
          this.device.queue.submit([encoder.finish()]);
          await this.health.settle(staging.mapAsync(mapModeRead));
          result.set(new Uint8Array(staging.getMappedRange(0, words), 0, wanted), begin + at);
          staging.unmap();
        }
    } finally {
      this.buffers.destroy(staging);
    }
    return result;
  }
}
