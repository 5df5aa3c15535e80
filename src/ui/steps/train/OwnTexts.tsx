import { Textarea } from '@mantine/core';
import { useState } from 'react';
import { type AppError, toAppError } from '../../../errors.ts';
import type { GeneralTexts } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import type { NamedFile } from '../../parts/dropped-files.ts';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { FilePicker } from '../../parts/FilePicker.tsx';
import { taskFacts } from '../../tasks/facts.ts';
import { useFormat } from '../../use-format.ts';

/** Prompts of one's own that are answered at each evaluation, and texts by which forgetting is seen, one a line. */
export function OwnTexts() {
  const words = useWords();
  const { writes, validates, checks } = useStudio(({ config: { dataset, logging } }) => ({
    writes: taskFacts(dataset).writes,
    validates: dataset.validation_strategy !== 'none',
    checks: logging.forgetting_check,
  }));
  if (!writes) return null;
  return (
    <>
      {validates && <Lines name="sample_prompts" label={words.answers.own} hint={words.answers.ownHint} />}
      {checks && (
        <>
          <Lines name="general_texts" label={words.answers.general} hint={words.answers.generalHint} />
          <GeneralFile />
        </>
      )}
    </>
  );
}

interface Props {
  readonly name: 'sample_prompts' | 'general_texts';
  readonly label: string;
  readonly hint: string;
}

function Lines({ name, label, hint }: Props) {
  const { set } = useCommands();
  const texts = useStudio((state) => state.config.logging[name]);
  return (
    <Textarea
      label={label}
      description={hint}
      value={texts.join('\n')}
      // Lines stay as they are typed; what is blank is left out when the run starts.
      onChange={(event) => set('logging', name, linesOf(event.currentTarget.value))}
      autosize
      minRows={2}
      maxRows={6}
      mt="md"
      data-testid={`setting-${name}`}
    />
  );
}

/** General texts out of a file: they take the place of those in the field above, and are kept with the settings. */
function GeneralFile() {
  const words = useWords();
  const format = useFormat();
  const { loadGeneralTexts } = useCommands();
  const [read, setRead] = useState<GeneralTexts | null>(null);
  const [error, setError] = useState<AppError | null>(null);
  const load = ({ path, blob }: NamedFile) => {
    setRead(null);
    setError(null);
    loadGeneralTexts(blob, path).then(setRead, (thrown) => setError(toAppError(thrown)));
  };
  return (
    <>
      <FilePicker
        label={words.answers.generalFile}
        accept=".txt,.csv,.tsv,.json,.jsonl,.ndjson,.parquet,.xlsx"
        size="xs"
        onFiles={(files) => files[0] && load(files[0])}
        testId="general-texts-file"
      />
      {read && (
        <p className="soft" role="status" data-testid="general-texts-read">
          {words.answers.generalRead(format.count(read.texts.length), format.count(read.of))}
        </p>
      )}
      <ErrorNote error={error} />
    </>
  );
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.split('\n'));
