import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useState } from 'react';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { lazyPart } from '../../parts/lazy-part.tsx';
import { hasOwnSetUp, isGoingOn } from '../../store.ts';

// Only of a visitor who has opened something, and so not on the first screen.
const ReplaceOwn = lazyPart(async () => (await import('./ReplaceOwn.tsx')).ReplaceOwn);

/** A falling curve with one click; a model or a table of the visitor's own is not replaced without asking. */
export function TryExample() {
  const words = useWords();
  const { tryExample } = useCommands();
  const busy = useStudio((state) => isGoingOn(state.run) || state.starting !== null);
  const own = useStudio(hasOwnSetUp);
  const [asking, { open, close }] = useDisclosure(false);
  const [asked, setAsked] = useState(false);
  if (asking && !asked) setAsked(true);
  const replace = () => {
    close();
    void tryExample();
  };
  if (busy) return null;
  return (
    <>
      <Button leftSection={<Icon name="play" />} size="md" data-testid="try-example" onClick={own ? open : replace}>
        {words.model.exampleRun}
      </Button>
      <Suspense fallback={null}>{asked && <ReplaceOwn opened={asking} onClose={close} onReplace={replace} />}</Suspense>
    </>
  );
}
