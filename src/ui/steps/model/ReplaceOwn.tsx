import { Button, Group, Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useStudio, useWords } from '../../context.tsx';

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onReplace: () => void;
}

/** Asks before the example takes the place of what the visitor opened. */
export function ReplaceOwn({ opened, onClose, onReplace }: Props) {
  const words = useWords();
  const names = useStudio(({ model, data }) => [model.value?.name, data.value?.name].filter(Boolean).join(', '));
  // Closed at first: what had the focus is remembered when it opens.
  const [shown, setShown] = useState(false);
  useEffect(() => setShown(opened), [opened]);
  return (
    <Modal.Root opened={shown} onClose={onClose}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body>
          <Modal.Title>{words.replace.title}</Modal.Title>
          <p>{words.replace.text(names)}</p>
          <Group>
            <Button onClick={onClose} variant="default" data-autofocus data-testid="keep-own">
              {words.replace.keep}
            </Button>
            <Button onClick={onReplace} data-testid="replace-own">
              {words.replace.replace}
            </Button>
          </Group>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
