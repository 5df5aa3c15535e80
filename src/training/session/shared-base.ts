import type { Weights } from '../../files/weights.ts';
import type { Executor, WeightShelf } from '../../plan/executor.ts';

/** The frozen weights that runs of one base, one after the other, leave to the next on the device. */
export class SharedBase {
  private held: { readonly executor: Executor; readonly weights: Weights; readonly shelf: WeightShelf } | null = null;
  /** The relative error of the weights that were quantised, and which those are. */
  quantised: { readonly names: string; readonly error: number } | null = null;

  /** Where runs of a base find them; a new one where executor or base are others than before. */
  shelfFor(executor: Executor, weights: Weights): WeightShelf | undefined {
    if (this.held?.executor === executor && this.held.weights === weights) return this.held.shelf;
    this.dispose();
    const shelf = executor.createShelf?.();
    if (shelf) this.held = { executor, weights, shelf };
    return shelf;
  }

  dispose(): void {
    this.held?.shelf.dispose();
    this.held = null;
    this.quantised = null;
  }
}
