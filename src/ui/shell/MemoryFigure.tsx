import { useDisclosure } from '@mantine/hooks';
import { Suspense } from 'react';
import type { Environment, TuningPreview } from '../../worker/protocol.ts';
import { useWords } from '../context.tsx';
import { fitOf } from '../levers.ts';
import { FitBadge } from '../parts/FitBadge.tsx';
import { lazyPart } from '../parts/lazy-part.tsx';
import { useFormat } from '../use-format.ts';
import figures from './figures.module.css';
import styles from './memory.module.css';
import { memoryColours } from './memory-colours.ts';

// Not before there is a plan, or it is asked for, and so not on the first screen.
const MemoryOverStep = lazyPart(async () => (await import('./MemoryOverStep.tsx')).MemoryOverStep);
const Savings = lazyPart(async () => (await import('./Savings.tsx')).Savings);
const BudgetForm = lazyPart(async () => (await import('./BudgetForm.tsx')).BudgetForm);

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
      <Suspense fallback={null}>{memory && <MemoryOverStep memory={memory} budget={budget} />}</Suspense>
      {environment && <Budget environment={environment} />}
      <Suspense fallback={null}>
        {sheet && budget !== null && <Savings open={fit !== 'fits'} budget={budget} />}
      </Suspense>
    </div>
  );
}

/** How much a run may fill: an estimate, until the visitor says it. */
function Budget({ environment: { memoryBudget, memoryBudgetSet } }: { environment: Environment }) {
  const words = useWords();
  const format = useFormat();
  const [editing, { open, close }] = useDisclosure(false);
  const room = format.bytes(memoryBudget);
  const line = (
    <div className={styles.budget}>
      <span>{memoryBudgetSet ? words.card.budgetSet(room) : words.card.budget(room)}</span>
      <button type="button" className={styles.textButton} onClick={open} data-testid="budget-edit">
        {words.card.budgetChange}
      </button>
    </div>
  );
  return editing ? (
    <Suspense fallback={line}>
      <BudgetForm budget={memoryBudget} onDone={close} />
    </Suspense>
  ) : (
    line
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
