import { Button } from '@mantine/core';
import { useState } from 'react';
import { useCommands, useWords } from '../../context.tsx';
import { Icon } from '../../parts/Icon.tsx';

/** Asks once more before it deletes a run. */
export function DeleteRun({ id }: { id: string }) {
  const words = useWords();
  const { deleteRun } = useCommands();
  const [sure, setSure] = useState(false);
  return (
    <Button
      leftSection={<Icon name="trash" />}
      size="compact-sm"
      variant="subtle"
      onBlur={() => setSure(false)}
      onClick={() => (sure ? void deleteRun(id) : setSure(true))}
      data-testid="delete-run"
    >
      {sure ? words.train.removeSure : words.train.remove}
    </Button>
  );
}
