import { Button } from '@mantine/core';
import { AppError } from '../../../errors.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { DeleteRun } from './DeleteRun.tsx';

/** Runs that are kept and cannot be read: each with its reason, to be taken away as it is, and deleted. */
export function DamagedRuns() {
  const words = useWords();
  const damaged = useStudio((state) => state.damagedRuns);
  const { download } = useCommands();
  if (damaged.length === 0) return null;
  return (
    <section aria-labelledby="damaged-runs">
      <h3 id="damaged-runs">{words.history.damaged}</h3>
      {damaged.map(({ id, error }) => (
        <div key={id} data-testid="damaged-run" data-run={id}>
          <p>{id}</p>
          <ErrorNote error={new AppError(error.code, error.params)} />
          <Button
            leftSection={<Icon name="download" />}
            size="compact-sm"
            variant="subtle"
            onClick={() => void download(id, 'archive')}
            data-testid="export"
          >
            {words.history.exportRun}
          </Button>
          <DeleteRun id={id} />
        </div>
      ))}
    </section>
  );
}
