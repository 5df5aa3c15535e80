import { Button } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { Icon } from '../../parts/Icon.tsx';
import parts from '../../parts/parts.module.css';
import { RunVerdict } from '../../parts/RunVerdict.tsx';
import { Section } from '../../parts/Section.tsx';
import { ShareRun } from '../../replay/ShareRun.tsx';
import { isGoingOn } from '../../store.ts';
import { useFormat } from '../../use-format.ts';
import { RunCharts } from './RunCharts.tsx';
import { RunSettings } from './RunSettings.tsx';
import { SampleAnswers } from './SampleAnswers.tsx';
import { WhatMoved } from './WhatMoved.tsx';

/** A run of the past, to look at. */
export function ViewedRun() {
  const words = useWords();
  const format = useFormat();
  const { viewRun, resumeRun } = useCommands();
  const busy = useStudio((state) => state.starting !== null || isGoingOn(state.run));
  const run = useStudio((state) => state.viewed);
  if (!run) return null;
  const step = words.train.stepCount(format.count(run.step), format.count(run.totalSteps));
  return (
    <Section title={run.name || words.train.unnamed} note={`${format.date(run.created)} · ${step}`}>
      <div className={parts.row}>
        {run.resumable && !busy && (
          <Button leftSection={<Icon name="play" />} onClick={() => void resumeRun(run.id)} data-testid="resume-viewed">
            {words.train.resumeRun}
          </Button>
        )}
        <Button leftSection={<Icon name="close" />} variant="default" onClick={() => void viewRun(null)}>
          {words.shell.close}
        </Button>
      </div>
      {run.elsewhere && <p data-testid="viewed-elsewhere">{`${words.place.elsewhere}. ${words.place.elsewhereWhy}`}</p>}
      {!run.knowsBase && <p className="soft">{words.history.baseUnknown}</p>}
      <RunVerdict runId={run.id} viewed={run} />
      {run.evaluations.length > 0 && <SampleAnswers evaluations={run.evaluations} />}
      <RunCharts
        key={run.id}
        runId={run.id}
        metrics={run.metrics}
        version={0}
        every={run.config.logging.logging_steps}
        totalSteps={null}
      />
      {run.inside.length > 0 && <WhatMoved looks={run.inside} />}
      {!run.elsewhere && run.step > 0 && <ShareRun runId={run.id} />}
      <RunSettings config={run.config} />
    </Section>
  );
}
