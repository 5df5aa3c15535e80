import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { DropZone } from '../parts/DropZone.tsx';
import { ErrorNote } from '../parts/ErrorNote.tsx';
import { FilePicker } from '../parts/FilePicker.tsx';
import { HostsNote } from '../parts/HostsNote.tsx';
import parts from '../parts/parts.module.css';
import { Section, StepHead } from '../parts/Section.tsx';
import { HubForm } from './model/HubForm.tsx';
import { KeptModels } from './model/KeptModels.tsx';
import styles from './model/model.module.css';
import { OpenedModel } from './model/OpenedModel.tsx';
import { Opening } from './model/Opening.tsx';
import { Shelf } from './model/Shelf.tsx';
import { TryExample } from './model/TryExample.tsx';
import { NothingKeptNote } from './NothingKeptNote.tsx';
import { NoWebgpuNote } from './NoWebgpuNote.tsx';

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
      {value && !pending && !choosing && <OpenedModel summary={value} onAnother={open} />}
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

/** The three places a model can come from. */
function Sources({ onDone }: { onDone: () => void }) {
  const words = useWords();
  const { openModel } = useCommands();
  const openFiles = (files: readonly { path: string; blob: Blob }[]) => {
    onDone();
    void openModel({ kind: 'files', files });
  };
  return (
    <>
      <ExampleCard onDone={onDone} />
      <Shelf onDone={onDone} />
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

/** First and large: a falling curve with one click. */
function ExampleCard({ onDone }: { onDone: () => void }) {
  const words = useWords();
  const { openModel } = useCommands();
  return (
    <div className={styles.example}>
      <div>
        <h2>{words.model.exampleTitle}</h2>
        <p>{words.model.exampleText}</p>
        <div className={parts.row}>
          <TryExample />
          <Button
            size="md"
            variant="default"
            data-testid="open-example"
            onClick={() => {
              onDone();
              void openModel({ kind: 'example' });
            }}
          >
            {words.model.exampleModelOnly}
          </Button>
        </div>
      </div>
      <Sketch />
    </div>
  );
}

/** A drawing of what is to come: the trained curve falls, the validation curve follows. */
function Sketch() {
  return (
    <svg className={styles.sketch} viewBox="0 0 200 120" aria-hidden="true">
      <path d="M8 8v104h184" fill="none" stroke="var(--at-line)" strokeWidth="1.5" />
      <path
        d="M12 20 16 34 20 22 24 44 28 38 32 56 36 46 40 66 44 58 48 72 54 64 60 80 66 70 72 84 80 76 88 90 96 82 106 92 116 86 128 95 140 90 154 97 168 93 186 98"
        fill="none"
        stroke="var(--at-trained)"
        strokeOpacity="0.3"
        strokeWidth="1.2"
      />
      <path
        d="M12 16C24 46 44 74 86 86s70 9 100 11"
        fill="none"
        stroke="var(--at-trained)"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <path
        d="M30 42C48 62 66 72 92 78s60 8 94 10"
        fill="none"
        stroke="var(--at-base)"
        strokeWidth="1.8"
        strokeDasharray="5 4"
        strokeLinecap="round"
      />
    </svg>
  );
}
