import { NativeSelect } from '@mantine/core';
import { Suspense } from 'react';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { lazyPart } from '../parts/lazy-part.tsx';
import { RunVerdict } from '../parts/RunVerdict.tsx';
import { Empty, StepHead } from '../parts/Section.tsx';
import { ShareRun } from '../replay/ShareRun.tsx';
import { isGoingOn, runOfResult } from '../store.ts';
import { problemOf } from '../tasks/problem-of-run.ts';
import { answersOf } from '../tasks/views.tsx';
import { useFormat } from '../use-format.ts';
import { DownloadRun } from './use/DownloadRun.tsx';
import { resultsOf } from './use/results-of.ts';

declare const __PUBLISHING__: unknown;

// Said by what the build puts in, so that a page without it is built without its files, too.
const PublishRun =
  __PUBLISHING__ === null ? null : lazyPart(async () => (await import('./use/PublishRun.tsx')).default);

export function UseStep() {
  const words = useWords();
  const runId = useStudio((state) => state.chat.runId);
  const problem = useStudio((state) => problemOf(state, runId));
  // The run, of which the result may be one evaluation's.
  const shareable = useStudio(({ runs, run }) => {
    const found = runOfResult(runs.value ?? [], runId);
    return found && !found.elsewhere && !(run?.id === found.id && isGoingOn(run)) ? found.id : null;
  });
  return (
    <>
      <StepHead title={words.use.title} lead={words.use.lead} />
      {runId === null ? (
        <Empty text={words.use.empty} action={words.use.emptyNext} to="train" />
      ) : (
        <>
          <ChooseRun runId={runId} />
          <RunVerdict runId={runId} plain />
          {answersOf[problem].ask(runId)}
          <DownloadRun runId={runId} />
          {answersOf[problem].judge(runId)}
          {shareable && <ShareRun runId={shareable} />}
          {PublishRun && (
            <Suspense>
              <PublishRun runId={runId} />
            </Suspense>
          )}
        </>
      )}
    </>
  );
}

/** Which run answers; shown where there is a choice. */
function ChooseRun({ runId }: { runId: string }) {
  const words = useWords();
  const format = useFormat();
  const { chooseRun } = useCommands();
  const runs = useStudio((state) => (state.runs.value ?? []).filter(({ step, id }) => step > 0 || id === runId));
  const results = runs.flatMap((run) => resultsOf(run, words, format));
  if (results.length < 2) return null;
  return (
    <NativeSelect
      mb="md"
      maw={480}
      label={words.use.run}
      value={runId}
      onChange={(event) => chooseRun(event.currentTarget.value)}
      data={results}
      data-testid="choose-run"
    />
  );
}
