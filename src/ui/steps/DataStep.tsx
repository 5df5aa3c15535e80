import { Button, Progress } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { DataSource } from '../../worker/protocol.ts';
import { dataProblem } from '../checks.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { DropZone } from '../parts/DropZone.tsx';
import type { NamedFile } from '../parts/dropped-files.ts';
import { ErrorNote } from '../parts/ErrorNote.tsx';
import { FilePicker } from '../parts/FilePicker.tsx';
import parts from '../parts/parts.module.css';
import { Section, StepHead } from '../parts/Section.tsx';
import { useFormat } from '../use-format.ts';
import { ClassBalance } from './data/ClassBalance.tsx';
import { ColumnMapping } from './data/ColumnMapping.tsx';
import { FirstRows } from './data/FirstRows.tsx';
import { HubDataset } from './data/HubDataset.tsx';
import { PictureChoice } from './data/PictureChoice.tsx';
import { PictureFacts } from './data/PictureFacts.tsx';
import { TableFacts } from './data/TableFacts.tsx';
import { TokenRows } from './data/TokenRows.tsx';
import { tableEndings } from './data/table-endings.ts';
import { ValidationSplit } from './data/ValidationSplit.tsx';

export function DataStep() {
  const words = useWords();
  const { goTo } = useCommands();
  const { value, pending, error, opening } = useStudio((state) => state.data);
  const previewError = useStudio(dataProblem);
  const readsPictures = useStudio((state) => state.model.value?.image != null);
  const [choosing, { open, close }] = useDisclosure(false);
  const showChoice = value === null || choosing;
  return (
    <>
      <StepHead title={words.data.title} lead={readsPictures ? words.pictures.lead : words.data.lead} />
      <ErrorNote error={error} />
      {showChoice && (readsPictures ? <PictureChoice onDone={close} /> : <Choice onDone={close} />)}
      {pending && <Reading name={opening} />}
      {showChoice && !readsPictures && <HubChoice onDone={close} />}
      {choosing && value && (
        <Button variant="default" mt="md" mb="xl" onClick={close}>
          {words.data.keep}
        </Button>
      )}
      {value && (
        <>
          {value.pictures ? (
            <>
              <PictureFacts summary={value} pictures={value.pictures} onAnother={open} />
              <ErrorNote error={previewError} />
            </>
          ) : (
            <>
              <TableFacts summary={value} onAnother={open} />
              <ErrorNote error={previewError} />
              <FirstRows summary={value} />
              <ColumnMapping />
              <ClassBalance />
              <TokenRows />
            </>
          )}
          <ValidationSplit />
          <div className={parts.section}>
            <Button onClick={() => goTo('train')}>{words.data.next}</Button>
          </div>
        </>
      )}
    </>
  );
}

function Choice({ onDone }: { onDone: () => void }) {
  const words = useWords();
  const { openData } = useCommands();
  const openFirst = async (files: readonly NamedFile[]) => {
    const first = files[0];
    if (first && (await openData({ kind: 'file', name: first.blob.name, blob: first.blob }))) onDone();
  };
  return (
    <DropZone title={words.data.drop} text={words.data.dropText} onFiles={(files) => void openFirst(files)}>
      <FilePicker
        label={words.data.choose}
        accept={tableEndings}
        variant="filled"
        onFiles={(files) => void openFirst(files)}
        testId="data-file"
      />
      <Button
        variant="default"
        data-testid="data-example"
        onClick={() => void openData({ kind: 'example' }).then((opened) => opened && onDone())}
      >
        {words.data.example}
      </Button>
    </DropZone>
  );
}

function HubChoice({ onDone }: { onDone: () => void }) {
  const words = useWords();
  const { openData } = useCommands();
  const openSource = async (source: DataSource) => {
    const opened = await openData(source);
    if (opened) onDone();
    return opened;
  };
  return (
    <Section title={words.data.hubTitle} note={words.data.hubText}>
      <HubDataset usualSplit="train" open={openSource} testId="dataset" />
    </Section>
  );
}

/** What is being opened and how far it is. */
function Reading({ name }: { name: string }) {
  const words = useWords();
  const format = useFormat();
  const reading = useStudio((state) => state.reading);
  const share = reading && reading.total > 0 ? reading.done / reading.total : 0;
  const text = reading?.stage === 'downloading' ? words.data.downloading(name) : words.data.opening(name);
  return (
    <div role="status" data-testid="reading" style={{ marginTop: 16 }}>
      {text}
      {reading && (
        <>
          {' '}
          <span className="figures">
            {format.bytes(reading.done)} / {format.bytes(reading.total)}
          </span>
          <Progress value={100 * share} aria-label={text} mt={8} />
        </>
      )}
    </div>
  );
}
