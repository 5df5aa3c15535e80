import { Button } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { Section } from '../../parts/Section.tsx';
import { useFormat } from '../../use-format.ts';
import { RunCharts } from './RunCharts.tsx';
import { RunSettings } from './RunSettings.tsx';
import { SampleAnswers } from './SampleAnswers.tsx';

/** A run of the past, to look at. */
export function ViewedRun() {
  const words = useWords();
  const format = useFormat();
  const { viewRun } = useCommands();
  const run = useStudio((state) => state.viewed);
  if (!run) return null;
  const step = words.train.stepCount(format.count(run.step), format.count(run.totalSteps));
  return (
    <Section title={run.name || words.train.unnamed} note={`${format.date(run.created)} · ${step}`}>
      <Button variant="default" onClick={() => void viewRun(null)}>
        {words.shell.close}
      </Button>
      <RunCharts metrics={run.metrics} version={0} every={run.config.logging.logging_steps} />
      {run.evaluations.length > 0 && <SampleAnswers evaluations={run.evaluations} />}
      <RunSettings config={run.config} />
    </Section>
  );
}
