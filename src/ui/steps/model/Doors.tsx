import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { interruptedRun } from '../../place/interrupted-run.ts';
import { useFormat } from '../../use-format.ts';
import styles from './model.module.css';
import { TryExample } from './TryExample.tsx';

interface Props {
  /** Whether the shelf is shown, which the second door opens. */
  readonly shelf: boolean;
  readonly onShelf: () => void;
  readonly onDone: () => void;
}

/** The three ways in: the example, a file of one's own, and what was begun before. */
export function Doors({ shelf, onShelf, onDone }: Props) {
  const words = useWords();
  const { openModel } = useCommands();
  return (
    <div className={styles.doors}>
      <Door title={words.doors.example} text={words.doors.exampleText} drawing={<Sketch />}>
        <TryExample />
        <Button
          variant="subtle"
          data-testid="open-example"
          onClick={() => {
            onDone();
            void openModel({ kind: 'example' });
          }}
        >
          {words.model.exampleModelOnly}
        </Button>
      </Door>
      <Door title={words.doors.own} text={words.doors.ownText} drawing={<Rows />}>
        <Button variant="default" aria-expanded={shelf} onClick={onShelf} data-testid="shelf">
          {words.doors.ownOpen}
        </Button>
      </Door>
      <GoOn />
    </div>
  );
}

/** The run that was interrupted, or else the newest one; without any, where one may be brought. */
function GoOn() {
  const words = useWords();
  const format = useFormat();
  const { goTo, resumeRun, viewRun } = useCommands();
  const interrupted = useStudio(interruptedRun);
  const newest = useStudio(({ runs }) => runs.value?.[0] ?? null);
  const run = interrupted ?? newest;
  const text =
    run === null
      ? words.doors.goOnNone
      : words.doors.goOnText(run.name || words.train.unnamed, format.count(run.step), format.count(run.totalSteps));
  const goOn = () => {
    goTo('train');
    if (run) void (interrupted ? resumeRun(run.id) : viewRun(run.id));
  };
  return (
    <Door title={words.doors.goOn} text={text} drawing={<Halfway />}>
      <Button variant="default" onClick={goOn} data-testid="go-on">
        {run === null ? words.doors.goOnImport : interrupted ? words.place.resume : words.place.view}
      </Button>
    </Door>
  );
}

interface DoorProps {
  readonly title: string;
  readonly text: string;
  readonly drawing?: ReactNode;
  readonly children: ReactNode;
}

function Door({ title, text, drawing, children }: DoorProps) {
  return (
    <section className={styles.door} aria-label={title}>
      <h2>{title}</h2>
      <p>{text}</p>
      {drawing}
      <div className={styles.doorActs}>{children}</div>
    </section>
  );
}

/** A drawing of a file: rows of a question each, and the answer that is learned. */
function Rows() {
  const rows = [
    [54, 92],
    [70, 66],
    [42, 84],
    [62, 74],
  ] as const;
  return (
    <svg className={styles.sketch} viewBox="0 0 200 120" aria-hidden="true">
      <path d="M8 30h184M8 54h184M8 78h184M86 8v104" fill="none" stroke="var(--at-line)" strokeWidth="1.5" />
      {rows.map(([asked, answered], index) => (
        <g key={answered} strokeWidth="5" strokeLinecap="round">
          <path d={`M14 ${19 + 24 * index}h${asked}`} stroke="var(--at-line)" />
          <path d={`M96 ${19 + 24 * index}h${answered}`} stroke="var(--at-trained)" />
        </g>
      ))}
    </svg>
  );
}

/** A drawing of a run that has come halfway, with the rest before it. */
function Halfway() {
  return (
    <svg className={styles.sketch} viewBox="0 0 200 120" aria-hidden="true">
      <path d="M8 8v104h184" fill="none" stroke="var(--at-line)" strokeWidth="1.5" />
      <path d="M12 16C24 46 44 74 86 86" fill="none" stroke="var(--at-trained)" strokeWidth="3" strokeLinecap="round" />
      <path
        d="M94 88c28 8 60 8 92 9"
        fill="none"
        stroke="var(--at-line)"
        strokeWidth="3"
        strokeDasharray="1 8"
        strokeLinecap="round"
      />
      <circle cx="86" cy="86" r="5" fill="var(--at-trained)" />
    </svg>
  );
}

/** A drawing of what is to come: the trained curve falls, the validation curve follows. */
function Sketch() {
  return (
    <svg className={styles.sketch} viewBox="0 0 200 120" aria-hidden="true">
      <path d="M8 8v104h184" fill="none" stroke="var(--at-line)" strokeWidth="1.5" />
      <path
        d="M12 20 16 34 20 22 24 44 28 38 32 56 36 46 40 66 44 58 48 72 54 64 60 80 66 70 72 84 80 76 88 90 96 82 106 92 116 86 128 95 140 90 154 97 168 93 186 98"
        fill="none"
        stroke="var(--at-trained)"
        strokeOpacity="0.3"
        strokeWidth="1.2"
      />
      <path
        d="M12 16C24 46 44 74 86 86s70 9 100 11"
        fill="none"
        stroke="var(--at-trained)"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <path
        d="M30 42C48 62 66 72 92 78s60 8 94 10"
        fill="none"
        stroke="var(--at-base)"
        strokeWidth="1.8"
        strokeDasharray="5 4"
        strokeLinecap="round"
      />
    </svg>
  );
}
