import { NativeSelect } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../context.tsx';
import parts from '../parts/parts.module.css';
import { Empty, Section, StepHead } from '../parts/Section.tsx';
import type { Studio } from '../store.ts';
import { useFormat } from '../use-format.ts';
import { AnswerSettings } from './use/AnswerSettings.tsx';
import { Classify } from './use/Classify.tsx';
import { Conversation } from './use/Conversation.tsx';
import { DownloadRun } from './use/DownloadRun.tsx';
import { ValidationTable } from './use/ValidationTable.tsx';

export function UseStep() {
  const words = useWords();
  const runId = useStudio((state) => state.chat.runId);
  const problem = useStudio((state) => problemOf(state, runId));
  const isLabelled = problem === 'classification' || problem === 'regression';
  return (
    <>
      <StepHead title={words.use.title} lead={words.use.lead} />
      {runId === null ? (
        <Empty text={words.use.empty} action={words.use.emptyNext} to="train" />
      ) : (
        <>
          <ChooseRun runId={runId} />
          {isLabelled ? (
            <Classify runId={runId} isNumber={problem === 'regression'} />
          ) : (
            <>
              <Conversation />
              <Section title={words.use.sampling}>
                <AnswerSettings />
              </Section>
            </>
          )}
          <ValidationTable runId={runId} />
          <DownloadRun runId={runId} />
        </>
      )}
    </>
  );
}

/** What a run learned. */
const problemOf = ({ run, runs }: Studio, runId: string | null) =>
  run?.id === runId ? run?.config.dataset.problem_type : runs.value?.find(({ id }) => id === runId)?.problemType;

/** Which run answers; shown where there is a choice. */
function ChooseRun({ runId }: { runId: string }) {
  const words = useWords();
  const format = useFormat();
  const { chooseRun } = useCommands();
  const runs = useStudio((state) => (state.runs.value ?? []).filter(({ step, id }) => step > 0 || id === runId));
  if (runs.length < 2) return null;
  return (
    <div className={parts.fields} style={{ marginBottom: 16 }}>
      <NativeSelect
        label={words.use.run}
        value={runId}
        onChange={(event) => chooseRun(event.currentTarget.value)}
        data={runs.map(({ id, name, model, created }) => ({
          value: id,
          label: `${name || words.train.unnamed} · ${model} · ${format.date(created)}`,
        }))}
      />
    </div>
  );
}
