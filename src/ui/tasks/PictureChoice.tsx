import { useCommands, useWords } from '../context.tsx';
import { DropZone } from '../parts/DropZone.tsx';
import type { NamedFile } from '../parts/dropped-files.ts';
import { FilePicker } from '../parts/FilePicker.tsx';

/** A folder of pictures for each class, or an archive of such folders. */
export function PictureChoice({ onDone }: { onDone: () => void }) {
  const words = useWords();
  const { openData } = useCommands();
  const open = async (files: readonly NamedFile[]) => {
    const [first] = files;
    if (!first) return;
    const isArchive = files.length === 1 && /\.zip$/i.test(first.path);
    const name = first.path.split('/')[0]!;
    const opened = isArchive
      ? await openData({ kind: 'file', name, blob: first.blob })
      : await openData({ kind: 'pictures', name, files });
    if (opened) onDone();
  };
  return (
    <DropZone title={words.pictures.drop} text={words.pictures.dropText} onFiles={(files) => void open(files)}>
      <FilePicker
        label={words.pictures.chooseFolder}
        folder
        variant="filled"
        onFiles={(files) => void open(files)}
        testId="picture-folder"
      />
      <FilePicker
        label={words.pictures.chooseArchive}
        accept=".zip"
        onFiles={(files) => void open(files)}
        testId="picture-archive"
      />
    </DropZone>
  );
}
