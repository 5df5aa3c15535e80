import type { StepMetrics } from '../../training/run/events.ts';

type Name = keyof StepMetrics;
type Columns = Readonly<Record<Name, Float64Array<ArrayBuffer>>>;

/** Steps as columns of numbers: as objects, those of a long run would hold the page up while it receives them. */
export interface StepColumns {
  /** Of a step that was not evaluated `evalLoss` is NaN. */
  readonly columns: Columns;
}

export function stepColumns(steps: readonly StepMetrics[]): StepColumns {
  const column = (name: Name) => Float64Array.from(steps, (step) => step[name] ?? Number.NaN);
  const columns = {
    ...{ step: column('step'), epoch: column('epoch'), loss: column('loss'), evalLoss: column('evalLoss') },
    ...{ learningRate: column('learningRate'), gradNorm: column('gradNorm'), tokens: column('tokens') },
  };
  return { columns };
}

export function stepsOf({ columns }: StepColumns): StepMetrics[] {
  const steps: StepMetrics[] = [];
  for (let index = 0; index < columns.step.length; index++) steps.push(new StepOfColumns(columns, index));
  return steps;
}

/** Steps that are packed together. */
const block = 256;

/** Packs steps at the end of a list, where a block of them has come as objects: those take more than their numbers do. */
export function packSteps(steps: StepMetrics[]): void {
  let first = steps.length;
  while (first > 0 && !(steps[first - 1] instanceof StepOfColumns)) first--;
  if (steps.length - first < block) return;
  const packed = stepsOf(stepColumns(steps.slice(first)));
  packed.forEach((step, index) => {
    steps[first + index] = step;
  });
}

/** A step where it lies in its columns: of numbers that are objects of their own there would be 600,000 in a long run. */
class StepOfColumns implements Record<Name, number | undefined>, StepMetrics {
  constructor(
    private readonly columns: Columns,
    private readonly index: number,
  ) {}

  get step() {
    return this.columns.step[this.index]!;
  }
  get epoch() {
    return this.columns.epoch[this.index]!;
  }
  get loss() {
    return this.columns.loss[this.index]!;
  }
  get learningRate() {
    return this.columns.learningRate[this.index]!;
  }
  get gradNorm() {
    return this.columns.gradNorm[this.index]!;
  }
  get tokens() {
    return this.columns.tokens[this.index]!;
  }
  get evalLoss() {
    const value = this.columns.evalLoss[this.index]!;
    return Number.isNaN(value) ? undefined : value;
  }
}
