import { Button, NativeSelect, RangeSlider } from '@mantine/core';
import { useEffect, useId, useState } from 'react';
import { type AppError, toAppError } from '../../errors.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { ErrorNote } from '../parts/ErrorNote.tsx';
import { useFormat } from '../use-format.ts';
import styles from './charts.module.css';
import type { ChartFrame, EarlierRun } from './frame.ts';

interface Props {
  readonly runId: string;
  readonly frame: ChartFrame;
  /** A run of someone else that this one does again: it is laid over from the first. */
  readonly shared: EarlierRun | null;
  /** The last step that the charts can show. */
  readonly end: number;
  readonly onEarlier: (run: EarlierRun | null) => void;
}

/** For all charts of a run: which steps they show, and which run is laid over it. */
export function ChartTools({ runId, shared, frame, end, onEarlier }: Props) {
  return (
    <div className={styles.tools}>
      <Steps frame={frame} end={end} />
      <Overlay runId={runId} shared={shared} onEarlier={onEarlier} />
    </div>
  );
}

function Steps({ frame: { range, zoomed, onZoom }, end }: { frame: ChartFrame; end: number }) {
  const words = useWords();
  const format = useFormat();
  const [dragged, setDragged] = useState<[number, number] | null>(null);
  const [from, to] = dragged ?? [range.from, Math.min(range.to, end)];
  const show = ([from, to]: [number, number]) => {
    setDragged(null);
    onZoom(from <= 0 && to >= end ? null : { from, to });
  };
  return (
    <div className={styles.steps}>
      <span>
        {words.chart.range}{' '}
        <output data-testid="steps-shown">{words.chart.rangeText(format.count(from), format.count(to))}</output>
      </span>
      <RangeSlider
        className={styles.slider}
        size={4}
        thumbSize={16}
        min={0}
        max={end}
        step={Math.max(1, Math.round(end / 100))}
        minRange={Math.min(1, end)}
        label={null}
        value={[from, to]}
        onChange={setDragged}
        onChangeEnd={show}
        thumbFromLabel={words.chart.rangeFrom}
        thumbToLabel={words.chart.rangeTo}
      />
      {zoomed ? (
        <Button size="compact-xs" variant="default" onClick={() => onZoom(null)} data-testid="all-steps">
          {words.chart.reset}
        </Button>
      ) : (
        <small className={styles.hint}>{words.chart.rangeHint}</small>
      )}
    </div>
  );
}

/** Stands for the shared run among the ids of those that are kept here. */
const ofShared = 'shared';

function Overlay({ runId, shared, onEarlier }: Pick<Props, 'runId' | 'shared' | 'onEarlier'>) {
  const words = useWords();
  const format = useFormat();
  const { readRun } = useCommands();
  const runs = useStudio((state) => state.runs.value);
  const id = useId();
  const [chosen, setChosen] = useState(shared ? ofShared : '');
  const [error, setError] = useState<AppError | null>(null);
  const others = (runs ?? []).filter(({ id, step }) => id !== runId && step > 0);
  const nameOf = (run: { name: string; created: number }) =>
    `${run.name || words.train.unnamed} · ${format.date(run.created)}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once for each choice; names may be made anew
  useEffect(() => {
    let stopped = false;
    onEarlier(null);
    setError(null);
    if (chosen === '') return;
    if (chosen === ofShared) return onEarlier(shared);
    readRun(chosen).then(
      (run) => {
        if (!stopped) onEarlier({ name: nameOf(run), metrics: run.metrics, every: run.config.logging.logging_steps });
      },
      (thrown) => {
        if (!stopped) setError(toAppError(thrown));
      },
    );
    return () => {
      stopped = true;
    };
  }, [chosen, runId, shared]);
  if (others.length === 0 && !shared) return null;
  return (
    <>
      <div className={styles.overlay}>
        <label htmlFor={id}>{words.chart.earlier}</label>
        <NativeSelect
          id={id}
          size="xs"
          value={chosen}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={[
            { value: '', label: words.chart.noEarlier },
            ...(shared ? [{ value: ofShared, label: shared.name }] : []),
            ...others.map((run) => ({ value: run.id, label: nameOf(run) })),
          ]}
          data-testid="overlay"
        />
      </div>
      <ErrorNote error={error} />
    </>
  );
}
