import { NumberInput } from '@mantine/core';
import { useState } from 'react';
import type { Environment, TuningPreview } from '../../worker/protocol.ts';
import { useCommands, useWords } from '../context.tsx';
import { fitOf } from '../levers.ts';
import { FitBadge } from '../parts/FitBadge.tsx';
import { useFormat } from '../use-format.ts';
import figures from './figures.module.css';
import { MemoryOverStep } from './MemoryOverStep.tsx';
import styles from './memory.module.css';
import { memoryColours } from './memory-colours.ts';
import { Savings } from './Savings.tsx';

type Sheet = NonNullable<TuningPreview['step']>;

interface Props {
  readonly sheet: Sheet | null;
  readonly memory: TuningPreview['memory'];
  readonly environment: Environment | null;
}

/** GPU memory by kind, as a bar and in figures, against what a run may fill. */
export function MemoryFigure({ sheet, memory, environment }: Props) {
  const words = useWords();
  const format = useFormat();
  const budget = environment?.memoryBudget ?? null;
  const fit = sheet !== null && budget !== null ? fitOf(sheet.peakBytes, budget) : null;
  return (
    <div className={figures.figure}>
      <div className={figures.figureLabel}>
        {environment?.webgpuMissing ? words.card.processorMemory : words.card.memory}
      </div>
      <div className={figures.figureRow}>
        <span className={figures.figureValue} data-testid="memory">
          {format.bytes(sheet?.peakBytes)}
        </span>
        {fit && <FitBadge fit={fit} />}
      </div>
      {sheet && <Kinds sheet={sheet} />}
      {memory && <MemoryOverStep memory={memory} budget={budget} />}
      {environment && <Budget environment={environment} />}
      {sheet && budget !== null && <Savings open={fit !== 'fits'} budget={budget} />}
    </div>
  );
}

const GiB = 2 ** 30;

/** How much a run may fill: an estimate, until the visitor says it. */
function Budget({ environment: { memoryBudget, memoryBudgetSet } }: { environment: Environment }) {
  const words = useWords();
  const format = useFormat();
  const { setMemoryBudget } = useCommands();
  const [editing, setEditing] = useState(false);
  const [entry, setEntry] = useState<number | string>('');
  const edit = () => {
    setEntry(Number((memoryBudget / GiB).toFixed(2)));
    setEditing(true);
  };
  const take = (bytes: number | null) => {
    setEditing(false);
    void setMemoryBudget(bytes);
  };
  if (!editing) {
    const room = format.bytes(memoryBudget);
    return (
      <div className={styles.budget}>
        <span>{memoryBudgetSet ? words.card.budgetSet(room) : words.card.budget(room)}</span>
        <button type="button" className={styles.textButton} onClick={edit} data-testid="budget-edit">
          {words.card.budgetChange}
        </button>
      </div>
    );
  }
  return (
    <form
      className={styles.budgetForm}
      onSubmit={(event) => {
        event.preventDefault();
        if (Number(entry) > 0) take(Number(entry) * GiB);
      }}
    >
      <NumberInput
        size="xs"
        label={words.card.budgetLabel}
        description={words.card.budgetHint}
        value={entry}
        onChange={setEntry}
        min={0.1}
        max={1024}
        step={1}
        suffix=" GiB"
        data-autofocus
        data-testid="budget"
      />
      <div className={styles.budgetButtons}>
        <button type="submit" className={styles.textButton}>
          {words.card.budgetTake}
        </button>
        <button type="button" className={styles.textButton} onClick={() => take(null)}>
          {words.card.budgetEstimate}
        </button>
      </div>
    </form>
  );
}

const coloursOf = (sheet: Sheet) => memoryColours.filter(([kind]) => sheet.peakByKind[kind] > 0);

/** The kinds of memory beside each other, as a drawing. */
export function MemoryBar({ sheet }: { sheet: Sheet }) {
  return (
    <div className={styles.bar} aria-hidden="true">
      {coloursOf(sheet).map(([kind, colour]) => (
        <span key={kind} style={{ background: colour, flexGrow: sheet.peakByKind[kind], flexBasis: 0 }} />
      ))}
    </div>
  );
}

function Kinds({ sheet }: { sheet: Sheet }) {
  const words = useWords();
  const format = useFormat();
  const shown = coloursOf(sheet);
  return (
    <>
      <MemoryBar sheet={sheet} />
      <ul className={styles.kinds}>
        {shown.map(([kind, colour]) => (
          <li key={kind}>
            <span className={styles.swatch} style={{ background: colour }} />
            <span>{words.card.kinds[kind]}</span>
            <span>{format.bytes(sheet.peakByKind[kind])}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
