import { Button } from '@mantine/core';
import type { AppError } from '../../errors.ts';
import { ErrorNote } from './ErrorNote.tsx';

interface Props {
  readonly title: string | undefined;
  readonly error: AppError;
  /** What the button says, which asks for the part once more. */
  readonly again: string;
  readonly onAgain: () => void;
  readonly testId: string;
}

/** In the place of a part of the page that cannot be shown: its title, why, and a way to try once more. */
export function NotShown({ title, error, again, onAgain, testId }: Props) {
  return (
    <>
      {title && <h1>{title}</h1>}
      <ErrorNote error={error}>
        <Button variant="default" onClick={onAgain} data-testid={testId}>
          {again}
        </Button>
      </ErrorNote>
    </>
  );
}
