import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { type AppError, toAppError } from '../../errors.ts';
import { useWords } from '../context.tsx';
import { ErrorNote } from '../parts/ErrorNote.tsx';

interface State {
  readonly error: AppError | null;
}

/** Where a part of the page cannot be shown, it says so in its place; all else goes on. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode; readonly title?: string }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError = (thrown: unknown): State => ({ error: toAppError(thrown) });

  override render(): ReactNode {
    const { error } = this.state;
    const { children, title } = this.props;
    if (!error) return children;
    return (
      <>
        {title && <h1>{title}</h1>}
        <Broken error={error} onAgain={() => this.setState({ error: null })} />
      </>
    );
  }
}

function Broken({ error, onAgain }: { error: AppError; onAgain: () => void }) {
  const words = useWords();
  return (
    <ErrorNote error={error}>
      <Button variant="default" onClick={onAgain} data-testid="show-again">
        {words.shell.again}
      </Button>
    </ErrorNote>
  );
}
