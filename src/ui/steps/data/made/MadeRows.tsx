import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useCommands, useStudio, useWords } from '../../../context.tsx';
import { ErrorNote } from '../../../parts/ErrorNote.tsx';
import { Icon } from '../../../parts/Icon.tsx';
import parts from '../../../parts/parts.module.css';
import { Section } from '../../../parts/Section.tsx';
import { useFormat } from '../../../use-format.ts';
import { MadeReview } from './MadeReview.tsx';
import { MakeForm } from './MakeForm.tsx';

/** More rows from few: written by a model, looked at one by one, and put into the open table. */
export function MadeRows() {
  const words = useWords();
  const { drafts, making, error } = useStudio((state) => state.made);
  const [isOpen, { open }] = useDisclosure(drafts.length > 0 || making !== null);
  return (
    <Section title={words.made.title} note={words.made.note}>
      <InTable />
      {isOpen ? (
        <MakeForm />
      ) : (
        <Button variant="default" onClick={open} data-testid="made-open">
          {words.made.open}
        </Button>
      )}
      <ErrorNote error={error} />
      {drafts.length > 0 && <MadeReview />}
    </Section>
  );
}

/** What of the open table a model wrote, and the way back. */
function InTable() {
  const words = useWords();
  const format = useFormat();
  const { removeMade, saveMade } = useCommands();
  const count = useStudio(({ data }) => data.value?.made ?? 0);
  if (count === 0) return null;
  return (
    <div className={parts.notice} role="status" data-testid="made-in-table">
      <div className={parts.row}>
        <span>{words.made.inTable(format.count(count))}</span>
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<Icon name="trash" />}
          onClick={() => void removeMade()}
        >
          {words.made.remove}
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<Icon name="download" />}
          onClick={() => void saveMade('table')}
        >
          {words.made.saveTable}
        </Button>
      </div>
    </div>
  );
}
