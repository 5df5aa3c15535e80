import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense } from 'react';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { DropZone } from '../parts/DropZone.tsx';
import { ErrorNote } from '../parts/ErrorNote.tsx';
import { FilePicker } from '../parts/FilePicker.tsx';
import { HostsNote } from '../parts/HostsNote.tsx';
import { lazyPart } from '../parts/lazy-part.tsx';
import { Section, StepHead } from '../parts/Section.tsx';
import { Doors } from './model/Doors.tsx';
import { HubForm } from './model/HubForm.tsx';
import { KeptModels } from './model/KeptModels.tsx';
import { Opening } from './model/Opening.tsx';
import { NothingKeptNote } from './NothingKeptNote.tsx';
import { NoWebgpuNote } from './NoWebgpuNote.tsx';

// Behind what a visitor does first, and so not on the first screen.
const OpenedModel = lazyPart(async () => (await import('./model/OpenedModel.tsx')).OpenedModel);
const Shelf = lazyPart(async () => (await import('./model/Shelf.tsx')).Shelf);

export function ModelStep() {
  const words = useWords();
  const { value, pending, error } = useStudio((state) => state.model);
  const [choosing, { open, close }] = useDisclosure(false);
  const showSources = value === null || choosing;
  return (
    <>
      <StepHead title={words.model.title} lead={words.model.lead} />
      <NoWebgpuNote />
      <NothingKeptNote />
      <ErrorNote error={error} />
      {pending && <Opening />}
      <Suspense fallback={null}>
        {value && !pending && !choosing && <OpenedModel summary={value} onAnother={open} />}
      </Suspense>
      {showSources && (
        // What was typed stays for another try, where opening fails.
        <div hidden={pending}>
          <Sources onDone={close} />
        </div>
      )}
      {showSources && value && !pending && (
        <Button variant="default" onClick={close}>
          {words.model.keep}
        </Button>
      )}
      <HostsNote />
    </>
  );
}

/** The three ways in, and the places a model can come from. */
function Sources({ onDone }: { onDone: () => void }) {
  const words = useWords();
  const [shelf, { toggle: toggleShelf }] = useDisclosure(false);
  const { openModel } = useCommands();
  const openFiles = (files: readonly { path: string; blob: Blob }[]) => {
    onDone();
    void openModel({ kind: 'files', files });
  };
  return (
    <>
      <Doors shelf={shelf} onShelf={toggleShelf} onDone={onDone} />
      <Suspense fallback={null}>{shelf && <Shelf onDone={onDone} />}</Suspense>
      <Section title={words.model.hubTitle} note={words.model.hubText}>
        <HubForm onDone={onDone} />
      </Section>
      <KeptModels onDone={onDone} />
      <Section title={words.model.filesTitle}>
        <DropZone title={words.model.dropTitle} text={words.model.filesText} onFiles={openFiles}>
          <FilePicker label={words.model.chooseFolder} folder onFiles={openFiles} testId="model-folder" />
          <FilePicker label={words.model.chooseFiles} multiple onFiles={openFiles} testId="model-files" />
        </DropZone>
      </Section>
    </>
  );
}
