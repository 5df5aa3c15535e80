import { AppError } from '../errors.ts';
import type { Feeds } from '../plan/executor.ts';
import type { FeedPlan } from '../plan/types.ts';

type TypedArray = Feeds[string];

const views = { f32: Float32Array, i32: Int32Array, u32: Uint32Array } as const;

/** Gathers the inputs of a run in one array, so that they go up in one write. */
export class FeedWriter {
  readonly data: Uint8Array<ArrayBuffer>;
  private readonly slots: readonly (readonly [name: string, view: TypedArray])[];

  constructor(feeds: Readonly<Record<string, FeedPlan>>, bytes: number) {
    this.data = new Uint8Array(bytes);
    this.slots = Object.entries(feeds).map(([name, { dtype, offset, bytes }]) => {
      if (!(dtype in views)) throw new AppError('internal', { reason: `input ${name} cannot be ${dtype}` });
      return [name, new views[dtype as keyof typeof views](this.data.buffer, offset, bytes / 4)];
    });
  }

  /** @throws AppError 'internal' where an input is missing or of the wrong kind or length: a defect of the caller */
  fill(feeds: Feeds): void {
    for (const [name, view] of this.slots) {
      const given = feeds[name];
      if (given === undefined) throw new AppError('internal', { reason: `input ${name} is not fed` });
      if (given.constructor !== view.constructor || given.length !== view.length) {
        const reason = `input ${name} wants ${view.constructor.name}(${view.length}), not ${given.constructor.name}(${given.length})`;
        throw new AppError('internal', { reason });
      }
      view.set(given);
    }
  }
}
