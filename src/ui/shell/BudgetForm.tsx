import { NumberInput } from '@mantine/core';
import { useState } from 'react';
import { useCommands, useWords } from '../context.tsx';
import styles from './memory.module.css';

const GiB = 2 ** 30;

interface Props {
  /** What a run may fill so far, in bytes. */
  readonly budget: number;
  readonly onDone: () => void;
}

/** Where the visitor says how much memory a run may fill. */
export function BudgetForm({ budget, onDone }: Props) {
  const words = useWords();
  const { setMemoryBudget } = useCommands();
  const [entry, setEntry] = useState<number | string>(Number((budget / GiB).toFixed(2)));
  const take = (bytes: number | null) => {
    onDone();
    void setMemoryBudget(bytes);
  };
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
