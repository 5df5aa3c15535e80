import type { ReactNode } from 'react';
import type { NamedFile } from './dropped-files.ts';
import styles from './parts.module.css';
import { useDrop } from './use-drop.ts';

interface Props {
  readonly title: string;
  readonly text: string;
  readonly onFiles: (files: readonly NamedFile[]) => void;
  /** Buttons that do the same without a mouse. */
  readonly children: ReactNode;
}

/** A place to drop files or folders; the buttons inside do the same by keyboard. */
export function DropZone({ title, text, onFiles, children }: Props) {
  const drop = useDrop(onFiles);
  return (
    <div className={styles.drop} {...drop}>
      <div className={styles.dropTitle}>{title}</div>
      <div className={styles.dropText}>{text}</div>
      <div className={styles.row}>{children}</div>
    </div>
  );
}
