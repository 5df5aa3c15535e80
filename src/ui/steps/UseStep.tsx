import { NativeSelect } from '@mantine/core';
import type { RunSummary } from '../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import parts from '../parts/parts.module.css';
import { Empty, Section, StepHead } from '../parts/Section.tsx';
import { runOfResult, type Studio } from '../store.ts';
import { useFormat } from '../use-format.ts';
import { AnswerSettings } from './use/AnswerSettings.tsx';
import { Classify } from './use/Classify.tsx';
import { Conversation } from './use/Conversation.tsx';
import { DownloadRun } from './use/DownloadRun.tsx';
import { PictureAnswer } from './use/PictureAnswer.tsx';
import { ValidationTable } from './use/ValidationTable.tsx';

export function UseStep() {
  const words = useWords();
  const runId = useStudio((state) => state.chat.runId);
  const problem = useStudio((state) => problemOf(state, runId));
  return (
    <>
      <StepHead title={words.use.title} lead={words.use.lead} />
      {runId === null ? (
        <Empty text={words.use.empty} action={words.use.emptyNext} to="train" />
      ) : (
        <>
          <ChooseRun runId={runId} />
          {problem === 'image-classification' && <PictureAnswer runId={runId} />}
          {(problem === 'classification' || problem === 'regression') && (
            <Classify runId={runId} isNumber={problem === 'regression'} />
          )}
          {(problem === 'instruction' || problem === 'text') && <TextAnswers />}
          {problem !== 'image-classification' && <ValidationTable runId={runId} />}
          <DownloadRun runId={runId} />
        </>
      )}
    </>
  );
}

/** What a run learned: of the one under way its config says it, of others the list. */
function problemOf({ run, runs, model }: Studio, runId: string | null): RunSummary['problemType'] {
  if (run?.id === runId && run) return run.config.dataset.problem_type;
  const known = runOfResult(runs.value ?? [], runId);
  return known?.problemType ?? (model.value?.image ? 'image-classification' : 'instruction');
}

function TextAnswers() {
  const words = useWords();
  return (
    <>
      <Conversation />
      <Section title={words.use.sampling}>
        <AnswerSettings />
      </Section>
    </>
  );
}

/** Which run answers; shown where there is a choice. */
function ChooseRun({ runId }: { runId: string }) {
  const words = useWords();
  const format = useFormat();
  const { chooseRun } = useCommands();
  const runs = useStudio((state) => (state.runs.value ?? []).filter(({ step, id }) => step > 0 || id === runId));
  const results = runs.flatMap(({ id, name, model, created, kept }) => {
    const label = `${name || words.train.unnamed} · ${model} · ${format.date(created)}`;
    const ofSteps = kept.map((each) => ({ value: each.id, label: `${label} · ${words.train.step} ${each.step}` }));
    return [{ value: id, label }, ...ofSteps];
  });
  if (results.length < 2) return null;
  return (
    <div className={parts.fields} style={{ marginBottom: 16 }}>
      <NativeSelect
        label={words.use.run}
        value={runId}
        onChange={(event) => chooseRun(event.currentTarget.value)}
        data={results}
        data-testid="choose-run"
      />
    </div>
  );
}
