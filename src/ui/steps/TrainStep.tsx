import { useStudio, useWords } from '../context.tsx';
import { ErrorNote } from '../parts/ErrorNote.tsx';
import { Later } from '../parts/Later.tsx';
import { StepHead } from '../parts/Section.tsx';
import { ReplayPanel } from '../replay/ReplayPanel.tsx';
import { SharedRunView } from '../replay/SharedRunView.tsx';
import { NothingKeptNote } from './NothingKeptNote.tsx';
import { NoWebgpuNote } from './NoWebgpuNote.tsx';
import { JudgeNote } from './train/JudgeNote.tsx';
import { BackToRun, MissingRun } from './train/OtherRun.tsx';
import { RunsBeside } from './train/RunsBeside.tsx';
import { RunView } from './train/RunView.tsx';
import { SettingsForm } from './train/SettingsForm.tsx';
import { Starting } from './train/Starting.tsx';
import { Sweeps } from './train/sweep/Sweeps.tsx';
import { ViewedRun } from './train/ViewedRun.tsx';

export default function TrainStep() {
  const words = useWords();
  const hasRun = useStudio((state) => state.run !== null);
  const viewing = useStudio((state) => state.viewed !== null);
  const error = useStudio((state) => state.startError);
  const starting = useStudio((state) => state.starting !== null);
  const givenUp = useStudio((state) => state.givenUp === state.config && state.starting === null);
  const drafting = useStudio((state) => state.drafting);
  const missing = useStudio((state) => state.missingRun);
  const shared = useStudio((state) => state.shared !== null);
  const showsOther = viewing || shared || missing !== null;
  const showsForm = !starting && !showsOther && (!hasRun || drafting);
  return (
    <>
      <StepHead title={words.train.title} lead={showsForm ? words.train.lead : words.train.runLead} />
      {showsForm && <NoWebgpuNote />}
      <NothingKeptNote />
      {showsForm && <JudgeNote />}
      <ErrorNote error={error} />
      {givenUp && !viewing && !shared && (
        <p role="status" className="soft" data-testid="given-up">
          {words.train.givenUp}
        </p>
      )}
      {showsForm && hasRun && <BackToRun />}
      {starting && <Starting />}
      {!starting && viewing && <ViewedRun />}
      {!starting && missing !== null && <MissingRun id={missing} />}
      {!starting && shared && <SharedRunView />}
      {showsForm && <ReplayPanel />}
      {showsForm && <SettingsForm />}
      {!starting && !showsOther && hasRun && !drafting && <RunView />}
      <Later>
        <Sweeps />
        <RunsBeside />
      </Later>
    </>
  );
}
