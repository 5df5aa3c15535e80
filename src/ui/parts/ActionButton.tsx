import { Button, type ButtonProps } from '@mantine/core';
import { type MouseEvent, useId, useState } from 'react';
import styles from './parts.module.css';

interface Props extends ButtonProps {
  /** What it does; a button that submits its form leaves that to the form. */
  readonly onClick?: () => void;
  /** Enter in a field of the form presses it. */
  readonly submits?: boolean;
  /** What is missing before this can be done, in words; null when nothing is. */
  readonly missing: string | null;
  /** Says what is missing only once it is pressed. */
  readonly quiet?: boolean;
  readonly testId?: string;
}

/** A button that is never mute: while something is missing it says what, and says it louder when it is pressed. */
export function ActionButton({ onClick, submits = false, missing, quiet = false, testId, children, ...rest }: Props) {
  const [loud, setLoud] = useState(false);
  const id = useId();
  const press = (event: MouseEvent) => {
    setLoud(missing !== null);
    if (missing === null) onClick?.();
    else event.preventDefault();
  };
  return (
    <span>
      <Button
        {...rest}
        type={submits ? 'submit' : 'button'}
        data-testid={testId}
        aria-disabled={missing !== null}
        aria-describedby={missing === null ? undefined : id}
        variant={missing === null ? (rest.variant ?? 'filled') : 'default'}
        onClick={press}
      >
        {children}
      </Button>
      {missing !== null && (
        <span
          id={id}
          className={quiet && !loud ? 'hidden-visually' : styles.missing}
          data-loud={loud}
          aria-live="polite"
        >
          {missing}
        </span>
      )}
    </span>
  );
}
