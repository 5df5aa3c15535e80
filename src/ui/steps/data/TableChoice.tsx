import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { DataSource } from '../../../worker/protocol.ts';
import { useCommands, useWords } from '../../context.tsx';
import { DropZone } from '../../parts/DropZone.tsx';
import type { NamedFile } from '../../parts/dropped-files.ts';
import { FilePicker } from '../../parts/FilePicker.tsx';
import { Section } from '../../parts/Section.tsx';
import { HubDataset } from './HubDataset.tsx';
import { tableEndings } from './table-endings.ts';

/** A table from the disk, the example, or a data set of the Hub; `between` stands between the two. */
export function TableChoice({ onDone, between }: { onDone: () => void; between: ReactNode }) {
  return (
    <>
      <FileChoice onDone={onDone} />
      {between}
      <HubChoice onDone={onDone} />
    </>
  );
}

function FileChoice({ onDone }: { onDone: () => void }) {
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
