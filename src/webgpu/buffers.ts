import { AppError } from '../errors.ts';
import { type DeviceHealth, toGpuError } from './health.ts';

/** `GPUBufferUsage` by value: Node has no such global. */
export const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;

export const storageUsage = usage.storage | usage.copySource | usage.copyTarget;

/**
 * The buffers of one session, counted. Creation never throws: what the device refuses is known a little later and is
 * thrown by the next `settle`.
 */
export class BufferOwner {
  private readonly live = new Map<GPUBuffer, number>();
  private outcome: Promise<void> = Promise.resolve();
  private failure: AppError | undefined;
  /** The device has answered for every allocation. */
  isSettled = true;
  /** Ever created. */
  created = 0;

  constructor(
    private readonly device: GPUDevice,
    private readonly health: DeviceHealth,
  ) {}

  /** Bytes alive now. */
  get bytes(): number {
    let sum = 0;
    for (const bytes of this.live.values()) sum += bytes;
    return sum;
  }

  /** Makes buffers inside one out-of-memory scope, so that a refusal is an answer and not an accident. */
  allocate<T>(bytesWanted: number, make: () => T): T {
    return this.use(() => {
      this.device.pushErrorScope('out-of-memory');
      try {
        return make();
      } finally {
        const answer = popScope(this.device).then((error) => {
          if (error !== null) this.failure ??= toGpuError(error, bytesWanted);
        });
        const outcome = Promise.all([this.outcome, answer]).then(() => {
          if (this.outcome === outcome) this.isSettled = true;
        });
        this.outcome = outcome;
        this.isSettled = false;
      }
    });
  }

  /**
   * Writes to buffers of which it may not be known yet whether the device granted them. A write to a refused one is an
   * invalid command; that is no defect, and must not condemn the device that other sessions work on.
   */
  use<T>(write: () => T): T {
    this.device.pushErrorScope('validation');
    try {
      return write();
    } finally {
      const granted = this.outcome;
      void popScope(this.device).then(async (error) => {
        await granted;
        if (error !== null && this.failure === undefined) this.health.report(toGpuError(error));
      });
    }
  }

  create(label: string, bytes: number, flags: number): GPUBuffer {
    const size = Math.max(16, Math.ceil(bytes / 4) * 4);
    let buffer: GPUBuffer;
    try {
      buffer = this.device.createBuffer({ label, size, usage: flags });
    } catch (cause) {
      // Dawn throws a RangeError where the size is beyond what it can even describe.
      this.health.check();
      throw new AppError('gpu-out-of-memory', { bytes: size }, { cause });
    }
    this.live.set(buffer, size);
    this.created++;
    return buffer;
  }

  /** Owns a buffer that another made. */
  adopt(buffer: GPUBuffer): void {
    this.live.set(buffer, buffer.size);
  }

  /** Leaves a buffer to another; false where it is not owned. */
  release(buffer: GPUBuffer): boolean {
    return this.live.delete(buffer);
  }

  destroy(buffer: GPUBuffer): void {
    if (this.live.delete(buffer)) buffer.destroy();
  }

  get hasFailed(): boolean {
    return this.failure !== undefined;
  }

  /** @throws AppError where an earlier allocation failed */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Waits until the device has answered for all allocations. */
  async settle(): Promise<void> {
    await this.outcome;
    this.check();
  }

  destroyAll(): void {
    for (const buffer of this.live.keys()) buffer.destroy();
    this.live.clear();
  }
}

/** A lost device has no scopes; its loss is told elsewhere. */
const popScope = (device: GPUDevice): Promise<GPUError | null> => device.popErrorScope().catch(() => null);
