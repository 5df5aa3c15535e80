import { Component, type ReactNode } from 'react';
import { type AppError, toAppError } from '../../errors.ts';
import { useWords } from '../context.tsx';
import { NotShown } from '../parts/NotShown.tsx';

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
    return <Broken error={error} title={title} onAgain={() => this.setState({ error: null })} />;
  }
}

interface BrokenProps {
  readonly error: AppError;
  readonly title: string | undefined;
  readonly onAgain: () => void;
}

function Broken(props: BrokenProps) {
  return <NotShown {...props} again={useWords().shell.again} testId="show-again" />;
}
