import { Button } from '@mantine/core';
import { useEffect, useMemo, useRef } from 'react';
import type { RunDetail } from '../../../worker/protocol.ts';
import { RunCurves } from '../../charts/RunCurves.tsx';
import { useCommands, useWords } from '../../context.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { Section } from '../../parts/Section.tsx';
import { Breakable } from './Breakable.tsx';
import { ComparedTable } from './ComparedTable.tsx';
import styles from './compare.module.css';
import { differingSettings } from './differing-settings.ts';
import { SettingText } from './SettingText.tsx';

type Runs = { readonly runs: readonly RunDetail[] };

/** Runs over each other: their curves, the settings that differ, and what each answered last. */
export function CompareRuns({ runs }: Runs) {
  const words = useWords();
  const close = useClose(runs);
  const curves = useRef<HTMLDivElement>(null);
  // Only as far as it takes to see the curves: the list stays in sight.
  useEffect(() => {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    curves.current?.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
  }, []);
  const note = (
    <Button
      leftSection={<Icon name="close" />}
      size="compact-sm"
      variant="default"
      aria-keyshortcuts="Escape"
      onClick={close}
      data-testid="close-comparison"
    >
      {words.compare.close}
    </Button>
  );
  return (
    <Section title={words.compare.title} note={note}>
      <div className={styles.comparison} data-testid="comparison">
        <div ref={curves} className={styles.curves}>
          <RunCurves runs={runs} />
        </div>
        <Differences runs={runs} />
        <LastAnswers runs={runs} />
      </div>
    </Section>
  );
}

/** Takes all runs out again, by a button or Escape, and puts the focus back to where it was as they came together. */
function useClose(runs: readonly RunDetail[]): () => void {
  const { compareRun } = useCommands();
  const opener = useRef<Element | null>(null);
  const close = useRef(() => {});
  close.current = () => {
    for (const { id } of runs) void compareRun(id);
    if (opener.current instanceof HTMLElement) opener.current.focus({ preventScroll: true });
  };
  useEffect(() => {
    opener.current = document.activeElement;
    const onKey = (event: KeyboardEvent) => {
      // A field or an open list has Escape for itself.
      const inField =
        event.target instanceof Element && event.target.matches('input:not([type="checkbox"]), textarea, select');
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || inField) return;
      close.current();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return () => close.current();
}

function Differences({ runs }: Runs) {
  const words = useWords();
  const rows = useMemo(() => differingSettings(runs.map(({ config }) => config)), [runs]);
  return (
    <>
      <h3>{words.compare.settings}</h3>
      {rows.length === 0 ? (
        <p className="soft">{words.compare.same}</p>
      ) : (
        <ComparedTable
          runs={runs}
          title={words.compare.setting}
          testId="differing-settings"
          rows={rows.map(({ key, values }) => ({
            id: key,
            head: <Breakable name={key} />,
            cells: values.map((value) => <SettingText key={key} value={value} />),
          }))}
        />
      )}
    </>
  );
}

function LastAnswers({ runs }: Runs) {
  const words = useWords();
  const last = runs.map(({ evaluations }) => evaluations.at(-1)?.samples ?? []);
  const prompts = [...new Set(last.flatMap((samples) => samples.map(({ prompt }) => prompt)))];
  return (
    <>
      <h3>{words.compare.answers}</h3>
      {prompts.length === 0 ? (
        <p className="soft">{words.compare.noAnswers}</p>
      ) : (
        <ComparedTable
          runs={runs}
          title={words.answers.prompt}
          testId="compared-answers"
          rows={prompts.map((prompt) => ({
            id: prompt,
            head: prompt,
            cells: last.map((samples) => samples.find((sample) => sample.prompt === prompt)?.tuned ?? words.unknown),
          }))}
        />
      )}
    </>
  );
}
