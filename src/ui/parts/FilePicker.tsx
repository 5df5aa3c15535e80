import { Button } from '@mantine/core';
import { useRef } from 'react';
import { chosenFiles, type NamedFile } from './dropped-files.ts';
import { Icon } from './Icon.tsx';

interface Props {
  readonly label: string;
  readonly onFiles: (files: readonly NamedFile[]) => void;
  readonly accept?: string;
  readonly folder?: boolean;
  readonly multiple?: boolean;
  readonly variant?: string;
  readonly size?: string;
  readonly testId?: string;
}

const picksFolders = 'showDirectoryPicker' in globalThis;

/** A button that opens the file dialog. */
export function FilePicker({ label, onFiles, accept, folder, multiple, variant = 'default', size, testId }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const open = async () => {
    // A folder chosen this way can be opened again at the next visit.
    const picked = folder && picksFolders ? await (await import('./folder-files.ts')).pickFolder() : undefined;
    if (picked === undefined) input.current?.click();
    else if (picked) onFiles(picked);
  };
  return (
    <>
      <Button
        leftSection={<Icon name={folder ? 'folder' : 'upload'} />}
        variant={variant}
        {...(size ? { size } : {})}
        onClick={() => void open()}
      >
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={label}
        accept={accept}
        multiple={multiple}
        data-testid={testId}
        {...(folder ? { webkitdirectory: '' } : {})}
        onChange={(event) => {
          const files = chosenFiles(event.currentTarget.files ?? []);
          // Cleared, so that choosing the same file again, mended, counts as a change.
          event.currentTarget.value = '';
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
}
