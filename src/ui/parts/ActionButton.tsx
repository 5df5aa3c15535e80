import { Button, type ButtonProps } from '@mantine/core';
import { useId, useState } from 'react';
import styles from './parts.module.css';

interface Props extends ButtonProps {
  readonly onClick: () => void;
  /** What is missing before this can be done, in words; null when nothing is. */
  readonly missing: string | null;
  /** Says what is missing only once it is pressed. */
  readonly quiet?: boolean;
  readonly testId?: string;
}

/** A button that is never mute: while something is missing it says what, and says it louder when it is pressed. */
export function ActionButton({ onClick, missing, quiet = false, testId, children, ...rest }: Props) {
  const [loud, setLoud] = useState(false);
  const id = useId();
  const press = () => {
    setLoud(missing !== null);
    if (missing === null) onClick();
  };
  return (
    <span>
      <Button
        {...rest}
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
