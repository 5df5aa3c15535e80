import type { Environment, TuningPreview } from '../../worker/protocol.ts';
import { useWords } from '../context.tsx';
import { useFormat } from '../use-format.ts';
import styles from './shell.module.css';

type Sheet = NonNullable<TuningPreview['step']>;
type Kind = keyof Sheet['peakByKind'];

/** What learns is in the accent and its shades; what stays is neutral. */
const colours: readonly (readonly [Kind, string])[] = [
  ['weight', 'color-mix(in srgb, var(--at-soft) 55%, var(--at-surface))'],
  ['trained', 'var(--at-trained)'],
  ['optimizer', 'color-mix(in srgb, var(--at-trained) 65%, var(--at-surface))'],
  ['gradient', 'color-mix(in srgb, var(--at-trained) 40%, var(--at-surface))'],
  ['activations', 'color-mix(in srgb, var(--at-soft) 30%, var(--at-surface))'],
  ['cache', 'color-mix(in srgb, var(--at-base) 60%, var(--at-surface))'],
  ['table', 'color-mix(in srgb, var(--at-soft) 80%, var(--at-surface))'],
  ['staging', 'color-mix(in srgb, var(--at-soft) 15%, var(--at-surface))'],
];

/** GPU memory by kind, as a bar and in figures. */
export function MemoryFigure({ sheet, environment }: { sheet: Sheet | null; environment: Environment | null }) {
  const words = useWords();
  const format = useFormat();
  const budget = environment?.memoryBudget ?? null;
  const over = sheet !== null && budget !== null && sheet.peakBytes > budget;
  return (
    <div className={styles.figure}>
      <div className={styles.figureLabel}>
        {environment?.webgpuMissing ? words.card.processorMemory : words.card.memory}
      </div>
      <div className={styles.figureValue} data-testid="memory">
        {format.bytes(sheet?.peakBytes)}
      </div>
      {sheet && <Kinds sheet={sheet} />}
      {over && (
        <div className={styles.figureNote} data-tone="bad">
          {words.card.overBudget}
        </div>
      )}
      {budget !== null && sheet !== null && (
        <div className={styles.figureNote}>{words.card.budget(format.bytes(budget))}</div>
      )}
    </div>
  );
}

function Kinds({ sheet }: { sheet: Sheet }) {
  const words = useWords();
  const format = useFormat();
  const shown = colours.filter(([kind]) => sheet.peakByKind[kind] > 0);
  return (
    <>
      <div className={styles.bar} aria-hidden="true">
        {shown.map(([kind, colour]) => (
          <span key={kind} style={{ background: colour, flexGrow: sheet.peakByKind[kind], flexBasis: 0 }} />
        ))}
      </div>
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
