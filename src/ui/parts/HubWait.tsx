import { Button } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { wordError } from '../text/word-error.ts';
import { Icon } from './Icon.tsx';
import parts from './parts.module.css';

/** Why nothing comes of a Hub for the moment; `cancels`: where no Cancel stands beside it. */
export function HubWait({ cancels = false }: { cancels?: boolean }) {
  const words = useWords();
  const { stopOpening } = useCommands();
  const { language, hubWait } = useStudio(({ language, hubWait }) => ({ language, hubWait }));
  if (!hubWait) return null;
  const { code, waitMs, purpose } = hubWait;
  return (
    <div className={parts.row} role="status" data-testid="hub-wait">
      {wordError(language, hubWait).cause}
      {code !== 'hub-elsewhere' && ` ${words.hub.again(Math.ceil(waitMs / 1000))}`}
      {cancels && (
        <Button
          leftSection={<Icon name="stop" />}
          size="compact-sm"
          variant="default"
          onClick={() => void stopOpening(purpose)}
        >
          {words.hub.cancel}
        </Button>
      )}
    </div>
  );
}
