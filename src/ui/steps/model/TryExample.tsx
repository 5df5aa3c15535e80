import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { hasOwnSetUp, isGoingOn } from '../../store.ts';

/** A falling curve with one click; a model or a table of the visitor's own is not replaced without asking. */
export function TryExample() {
  const words = useWords();
  const { tryExample } = useCommands();
  const busy = useStudio((state) => isGoingOn(state.run) || state.starting !== null);
  const own = useStudio(hasOwnSetUp);
  const names = useStudio(({ model, data }) => [model.value?.name, data.value?.name].filter(Boolean).join(', '));
  const [asking, { open, close }] = useDisclosure(false);
  const replace = () => {
    close();
    void tryExample();
  };
  if (busy) return null;
  return (
    <>
      <Button size="md" data-testid="try-example" onClick={own ? open : replace}>
        {words.model.exampleRun}
      </Button>
      <Modal.Root opened={asking} onClose={close}>
        <Modal.Overlay />
        <Modal.Content>
          <Modal.Body>
            <Modal.Title>{words.replace.title}</Modal.Title>
            <p>{words.replace.text(names)}</p>
            <Group>
              <Button onClick={close} variant="default" data-autofocus data-testid="keep-own">
                {words.replace.keep}
              </Button>
              <Button onClick={replace} data-testid="replace-own">
                {words.replace.replace}
              </Button>
            </Group>
          </Modal.Body>
        </Modal.Content>
      </Modal.Root>
    </>
  );
}
