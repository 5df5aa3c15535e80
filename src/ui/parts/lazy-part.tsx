import { Button } from '@mantine/core';
import { type ComponentType, lazy, useReducer } from 'react';
import { AppError } from '../../errors.ts';
import { useWords } from '../context.tsx';
import { ErrorNote } from './ErrorNote.tsx';

/** A part of the page whose code comes when it is first drawn. Where it does not come that is said, and it can be asked for again. */
export function lazyPart<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  // React keeps what a lazy component came to, a failure too: each try is a component of its own.
  const nextTry = () =>
    lazy(async (): Promise<{ default: ComponentType<{ props: P; again: () => void }> }> => {
      try {
        const Part = await load();
        return { default: ({ props }) => <Part {...props} /> };
      } catch (cause) {
        const error = new AppError('code-missing', {}, { cause });
        return { default: ({ again }) => <Missing error={error} again={again} /> };
      }
    });
  let Try = nextTry();
  return function LazyPart(props: P) {
    const [, drawAgain] = useReducer((count: number) => count + 1, 0);
    const again = () => {
      Try = nextTry();
      drawAgain();
    };
    return <Try props={props} again={again} />;
  };
}

function Missing({ error, again }: { error: AppError; again: () => void }) {
  const words = useWords();
  return (
    <ErrorNote error={error}>
      <Button onClick={again} data-testid="load-again">
        {words.shell.tryAgain}
      </Button>
    </ErrorNote>
  );
}
