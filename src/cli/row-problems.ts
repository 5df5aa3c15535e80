import type { ExampleProblem } from '../data/examples.ts';
import type { PreparedData } from '../training/prepare-data.ts';

const words: Readonly<Record<ExampleProblem, string>> = {
  'too-long': 'longer than max_length, cut',
  'no-answer': 'left out, nothing to learn in them',
  'no-conversation': 'left out, no conversation that can be read',
  'unknown-role': 'left out, a message has an unknown role',
  'no-text': 'left out, a message has no text (an image, say)',
  unanswered: 'left out, nobody answers',
  'needs-chat': 'left out, tools that the prompt template cannot write',
  'fields-unread': 'learned without fields that the prompt template does not write (thoughts, names)',
  'weight-as-one': 'learned in full though a message has another weight than 0 and 1',
  'template-refused': 'left out, refused by the chat template',
};

/** Rows named in a line. */
const named = 10;

/** One line for each kind of training row that is cut or left out, with the first row numbers. */
export function rowProblems({ trainExamples, trainRows }: Pick<PreparedData, 'trainExamples' | 'trainRows'>): string[] {
  return Object.entries(trainExamples.problems)
    .filter(([, rows]) => rows.length > 0)
    .map(([kind, rows]) => {
      const numbers = rows.slice(0, named).map((row) => trainRows[row]?.number ?? row + 1);
      const more = rows.length > named ? ', …' : '';
      return `${rows.length} ${rows.length === 1 ? 'row' : 'rows'} ${words[kind as ExampleProblem]}: ${numbers.join(', ')}${more}`;
    });
}
