import { Button } from '@mantine/core';
import { useState } from 'react';
import { AppError } from '../../errors.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { type Lever, leversOf } from '../levers.ts';
import { useEstimates } from '../use-estimates.ts';
import { useFormat } from '../use-format.ts';
import { CardFold } from './CardFold.tsx';
import figures from './figures.module.css';
import styles from './savings.module.css';

interface Saving {
  readonly lever: Lever;
  readonly bytes: number;
  /** Seconds a step that it adds; negative where it is faster. */
  readonly seconds: number;
  /** It is too big as it is, and would not be then. */
  readonly makesFit: boolean;
}

/** Less than this share of the memory is not worth a line. */
const worthwhile = 0.01;

/** What would make the run smaller, and by how much: each figure is the plan of that change. Asked for when looked at. */
export function Savings({ open: startsOpen, budget }: { open: boolean; budget: number }) {
  const words = useWords();
  const [chosen, setChosen] = useState<boolean | null>(null);
  const open = chosen ?? startsOpen;
  const { config, step, time } = useStudio(({ config, tuning }) => ({
    config,
    step: tuning.value?.step ?? null,
    time: tuning.value?.time ?? null,
  }));
  const levers = leversOf(config);
  const estimates = useEstimates(levers, open);
  if (step === null) return null;
  const saving = (lever: Lever): Saving[] => {
    const estimate = estimates.get(lever.id);
    if (estimate === undefined || estimate instanceof AppError) return [];
    const bytes = step.peakBytes - estimate.step.peakBytes;
    if (bytes < worthwhile * step.peakBytes) return [];
    return [
      {
        lever,
        bytes,
        seconds: time === null ? 0 : estimate.time.step - time.step,
        makesFit: step.peakBytes > budget && estimate.step.peakBytes <= budget,
      },
    ];
  };
  const savings = levers.flatMap(saving).sort((a, b) => b.bytes - a.bytes);
  const pending = levers.some(({ id }) => !estimates.has(id));
  return (
    <CardFold title={words.savings.title} open={open} onToggle={() => setChosen(!open)} testId="savings">
      <ul className={styles.savingsList} data-testid="savings" aria-busy={pending}>
        {savings.map((each) => (
          <SavingLine key={each.lever.id} saving={each} />
        ))}
      </ul>
      {pending && <div className={figures.figureNote}>{words.savings.pending}</div>}
      {!pending && savings.length === 0 && <div className={figures.figureNote}>{words.savings.nothing}</div>}
    </CardFold>
  );
}

function SavingLine({ saving: { lever, bytes, seconds, makesFit } }: { saving: Saving }) {
  const words = useWords();
  const format = useFormat();
  const { takeConfig } = useCommands();
  const noticeable = Math.abs(seconds) >= 0.0005;
  const time =
    seconds > 0 ? words.savings.slower(format.duration(seconds)) : words.savings.faster(format.duration(-seconds));
  return (
    <li data-lever={lever.id}>
      <span>
        <b>{words.savings.levers[lever.id]}</b>
        <span className={styles.savingsFigures}>
          {words.savings.saves(format.bytes(bytes))}
          {noticeable && ` · ${time}`}
          {makesFit && ` · ${words.savings.thenFits}`}
        </span>
      </span>
      <Button size="compact-xs" variant="default" flex="none" onClick={() => takeConfig(lever.config)}>
        {words.savings.use}
      </Button>
    </li>
  );
}
