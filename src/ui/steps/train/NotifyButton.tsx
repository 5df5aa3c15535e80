import { Button } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../../context.tsx';

/** Asks for leave to notify, and never before it is pressed. */
export function NotifyButton() {
  const words = useWords();
  const { setNotify } = useCommands();
  const notify = useStudio((state) => state.notify);
  if (typeof Notification === 'undefined') return null;
  if (Notification.permission === 'denied') return <small className="soft">{words.notify.refused}</small>;
  return (
    <Button variant="subtle" aria-pressed={notify} onClick={() => void setNotify(!notify)} data-testid="notify">
      {notify ? words.notify.off : words.notify.on}
    </Button>
  );
}
