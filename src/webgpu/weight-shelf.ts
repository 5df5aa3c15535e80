import type { WeightShelf } from '../plan/executor.ts';
import type { PersistentLayout } from '../plan/types.ts';

/** Buffers of frozen weights that no session has at the moment, by what lies in them. */
export class GpuWeightShelf implements WeightShelf {
  private readonly idle = new Map<string, GPUBuffer>();
  private isClosed = false;

  /** The buffer in which exactly this lies, which belongs to the caller from then on. */
  take(contents: string): GPUBuffer | undefined {
    const buffer = this.idle.get(contents);
    this.idle.delete(contents);
    return buffer;
  }

  give(contents: string, buffer: GPUBuffer): void {
    if (this.isClosed || this.idle.has(contents)) buffer.destroy();
    else this.idle.set(contents, buffer);
  }

  clear(): void {
    for (const buffer of this.idle.values()) buffer.destroy();
    this.idle.clear();
  }

  dispose(): void {
    this.isClosed = true;
    this.clear();
  }
}

/** The weights in each buffer of a layout that holds nothing else, and where in it they lie. */
export function weightBuffers({ tensors, buffers }: PersistentLayout): Map<string, WeightBuffer> {
  const found = new Map<string, { names: string[]; places: unknown[] }>();
  for (const [name, { kind }] of buffers) if (kind === 'weight') found.set(name, { names: [], places: [] });
  for (const { name, type, segments } of tensors.values()) {
    for (const { buffer, ...place } of segments) {
      const held = found.get(buffer);
      held?.names.push(name);
      held?.places.push([name, type, place]);
    }
  }
  return new Map(
    [...found].map(([buffer, { names, places }]) => [buffer, { names, contents: JSON.stringify(places) }]),
  );
}

interface WeightBuffer {
  readonly names: readonly string[];
  /** The same for buffers that hold the same weights at the same places. */
  readonly contents: string;
}
