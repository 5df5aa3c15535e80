import { useStudio } from '../context.tsx';
import { saveDownload } from '../save-download.ts';
import { listedRun } from '../verdict-of.ts';
import { SaveButton } from './buttons.tsx';
import parts from './parts.module.css';

interface Props {
  readonly runId: string;
  /** What stands before the buttons. */
  readonly text: string;
  /** What the files hold, in their names: behind that of the run. */
  readonly what: string;
  /** Of the buttons: `-csv` and `-json` are added. */
  readonly testId: string;
  csv(): string;
  json(): string;
  /** The second form is a value a line. */
  readonly lines?: boolean;
}

/** Figures of a run as a file of either form. */
export function SaveRunFiles({ runId, text, what, testId, csv, json, lines = false }: Props) {
  const name = useStudio((state) => listedRun(state, runId)?.name ?? runId).replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const save = (ending: string, type: string, written: string) =>
    saveDownload({ fileName: `${name}-${what}.${ending}`, blob: new Blob([written], { type }) });
  return (
    <div className={parts.row}>
      <span className="soft">{text}</span>
      <SaveButton format="CSV" onClick={() => save('csv', 'text/csv', csv())} testId={`${testId}-csv`} />
      <SaveButton
        format={lines ? 'JSONL' : 'JSON'}
        onClick={() => save(lines ? 'jsonl' : 'json', lines ? 'application/jsonl' : 'application/json', json())}
        testId={`${testId}-json`}
      />
    </div>
  );
}
