import type { StepMetrics } from '../../training/run/events.ts';

type Measure = 'scores' | 'evalScores';
type Name = Exclude<keyof StepMetrics, Measure>;
type Numbers = Float64Array<ArrayBuffer>;

/** Steps as columns of numbers: as objects, those of a long run would hold the page up while it receives them. */
export interface StepColumns {
  /** Of a step that was not evaluated `evalLoss` is NaN. */
  readonly columns: Readonly<Record<Name, Numbers>>;
  /** By name what a step has of each; NaN where it has none. */
  readonly measured: Readonly<Record<Measure, Readonly<Record<string, Numbers>>>>;
}

export function stepColumns(steps: readonly StepMetrics[]): StepColumns {
  const column = (name: Name) => Float64Array.from(steps, (step) => step[name] ?? Number.NaN);
  const columns = {
    ...{ step: column('step'), epoch: column('epoch'), loss: column('loss'), evalLoss: column('evalLoss') },
    ...{ learningRate: column('learningRate'), gradNorm: column('gradNorm'), tokens: column('tokens') },
  };
  const measured = (measure: Measure) => {
    const names = new Set(steps.flatMap((step) => Object.keys(step[measure] ?? {})));
    const named = (name: string) => Float64Array.from(steps, (step) => step[measure]?.[name] ?? Number.NaN);
    return Object.fromEntries([...names].map((name) => [name, named(name)]));
  };
  return { columns, measured: { scores: measured('scores'), evalScores: measured('evalScores') } };
}

export function stepsOf(columns: StepColumns): StepMetrics[] {
  const steps: StepMetrics[] = [];
  for (let index = 0; index < columns.columns.step.length; index++) steps.push(new StepOfColumns(columns, index));
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
class StepOfColumns implements StepMetrics {
  constructor(
    private readonly all: StepColumns,
    private readonly index: number,
  ) {}

  get step() {
    return this.all.columns.step[this.index]!;
  }
  get epoch() {
    return this.all.columns.epoch[this.index]!;
  }
  get loss() {
    return this.all.columns.loss[this.index]!;
  }
  get learningRate() {
    return this.all.columns.learningRate[this.index]!;
  }
  get gradNorm() {
    return this.all.columns.gradNorm[this.index]!;
  }
  get tokens() {
    return this.all.columns.tokens[this.index]!;
  }
  get evalLoss() {
    const value = this.all.columns.evalLoss[this.index]!;
    return Number.isNaN(value) ? undefined : value;
  }
  get scores() {
    return this.measured('scores');
  }
  get evalScores() {
    return this.measured('evalScores');
  }

  private measured(measure: Measure) {
    const all = Object.entries(this.all.measured[measure]);
    const own = all.filter(([, values]) => !Number.isNaN(values[this.index]));
    return own.length > 0 ? Object.fromEntries(own.map(([name, values]) => [name, values[this.index]!])) : undefined;
  }
}
