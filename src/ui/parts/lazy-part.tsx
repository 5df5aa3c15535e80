import { type ComponentType, lazy, useReducer } from 'react';
import { AppError } from '../../errors.ts';
import { useWords } from '../context.tsx';
import type { Messages } from '../text/messages.ts';
import { NotShown } from './NotShown.tsx';

/**
 * A part of the page whose code comes when it is first drawn. Where it does not come that is said, and it can be asked for
 * again.
 * @param title of a part that has one
 */
export function lazyPart<P extends object>(
  load: () => Promise<ComponentType<P>>,
  title?: (words: Messages) => string,
): ComponentType<P> {
  // React keeps what a lazy component came to, a failure too: each try is a component of its own.
  const nextTry = () =>
    lazy(async (): Promise<{ default: ComponentType<{ props: P; again: () => void }> }> => {
      try {
        const Part = await load();
        return { default: ({ props }) => <Part {...props} /> };
      } catch (cause) {
        const error = new AppError('code-missing', {}, { cause });
        return { default: ({ again }) => <Missing error={error} title={title} again={again} /> };
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

interface MissingProps {
  readonly error: AppError;
  readonly title: ((words: Messages) => string) | undefined;
  readonly again: () => void;
}

function Missing({ error, title, again }: MissingProps) {
  const words = useWords();
  const { tryAgain } = words.shell;
  return <NotShown title={title?.(words)} error={error} again={tryAgain} onAgain={again} testId="load-again" />;
}
