import { useStudio, useWords } from '../context.tsx';
import { ErrorNote } from '../parts/ErrorNote.tsx';
import { StepHead } from '../parts/Section.tsx';
import { NoWebgpuNote } from './NoWebgpuNote.tsx';
import { CompareRuns } from './train/CompareRuns.tsx';
import { JudgeNote } from './train/JudgeNote.tsx';
import { RunHistory } from './train/RunHistory.tsx';
import { RunView } from './train/RunView.tsx';
import { SettingsForm } from './train/SettingsForm.tsx';
import { Starting } from './train/Starting.tsx';
import { ViewedRun } from './train/ViewedRun.tsx';

export default function TrainStep() {
  const words = useWords();
  const hasRun = useStudio((state) => state.run !== null);
  const viewing = useStudio((state) => state.viewed !== null);
  const error = useStudio((state) => state.startError);
  const starting = useStudio((state) => state.starting !== null);
  const showsForm = !starting && !viewing && !hasRun;
  return (
    <>
      <StepHead title={words.train.title} lead={showsForm ? words.train.lead : words.train.runLead} />
      {showsForm && <NoWebgpuNote />}
      {showsForm && <JudgeNote />}
      <ErrorNote error={error} />
      {starting ? <Starting /> : viewing ? <ViewedRun /> : hasRun ? <RunView /> : <SettingsForm />}
      <CompareRuns />
      <RunHistory />
    </>
  );
}
