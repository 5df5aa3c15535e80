/** What is wrong with rows, and what is done about it, in English; `ui/text/ja-data.ts` words the same kinds. */
import type { ExampleProblem } from './examples.ts';
import type { MadeProblem } from './made-rows.ts';
import type { ProblemKind } from './table.ts';

export const problemWords: Readonly<
  Record<
    ProblemKind | ExampleProblem | 'repeated' | MadeProblem | 'validation-empty',
    readonly [what: string, done: string]
  >
> = {
  'empty-cell': ['Empty cell', 'Kept; a row with an empty answer is left out of training.'],
  duplicate: ['Same as an earlier row', 'Kept; duplicates count more.'],
  ragged: [
    'More or fewer cells than the header',
    'Missing cells count as empty, surplus ones are dropped. If many rows are affected, choose another delimiter.',
  ],
  'empty-row': ['Row of empty cells', 'Left out.'],
  'sentence-apart': [
    'Line without a word or a tag, or with other columns than the rest of its sentence',
    'The whole sentence is left out.',
  ],
  quotes: ['Stray quote in a quoted cell', 'Taken as part of the text; check that no row was swallowed.'],
  'quote-open': [
    'Quote that is never closed',
    'The line is left out; reading continues at the next line with as many cells as the header.',
  ],
  unreadable: ['Unreadable row', 'Left out.'],
  undecoded: ['Damaged character (�)', 'Kept with � in its place. If many rows are affected, choose another encoding.'],
  nul: ['NUL character', 'Dropped; the rest of the cell is kept.'],
  'error-cell': ['Excel error such as #N/A', 'Read as an empty cell.'],
  'no-value': ['Formula saved without its value', 'Read as empty. Open the file in Excel and save it again.'],
  'long-number': [
    'Whole number of more than 15 digits',
    'Kept as saved; Excel rounds the digits behind the 15th. Save ids as text.',
  ],
  merged: ['Merged cells', 'Only the first cell of a merged area has its text; the others are empty.'],
  'hidden-row': ['Hidden row', 'Read like any other.'],
  preamble: ['Line above the column names', 'Left out; the names are taken from the first line with several cells.'],
  'header-like-row': [
    'The first line looks like a row, not like column names',
    'It is not trained on. If it is a row, add a line with names above it, such as question,answer, and open the file again.',
  ],
  nameless: ['No column names', 'Columns are numbered: column_1, column_2, …'],
  'other-list': ['Another list in the file', 'Not read.'],
  'other-sheet': ['Another sheet in the file', 'Not read.'],
  'history-unread': [
    'Column of earlier turns',
    'Not used. To learn from whole conversations, put their turns into one column of messages.',
  ],
  'template-settings-unread': [
    'Column of variables for the chat template',
    'Not used: the template is given none. Write what they switch into the messages, or leave these rows out.',
  ],
  'too-long': ['Longer than max length', 'Truncated: the prompt from its start, then the answer from its end.'],
  'text-too-long': [
    'Longer than max length',
    'Truncated at its end; tags of words that are cut off are not trained on.',
  ],
  'question-cut': ['The whole prompt is cut off', 'Kept; its answer is trained on without it. Increase max length.'],
  repeated: ['Same content as another row', 'Left out (drop_duplicates).'],
  'made-unapproved': [
    'Made by a model and not approved',
    'Left out. To train on a row, look at it and write yes into its column atelier_approved.',
  ],
  'made-parted': [
    'Made from a row that is held back, missing or changed',
    'Left out: with it, validation would measure rows that were learned in other words.',
  ],
  'made-held': ['Made by a model', 'Left out: validation takes your own rows only.'],
  'no-answer': ['Text, answer or score empty or truncated', 'Left out of training.'],
  'tags-apart': [
    'Neither words and tags, two lists of one length, nor a text and its spans, {start, end, label} or [start, end, label]',
    'Left out. Spans may not overlap and have one label each.',
  ],
  'spans-cut': [
    'Span that begins or ends inside a word, or beyond the text',
    'Left out. Places count characters as Python does; often they were counted in bytes or in UTF-16.',
  ],
  'no-rejected': ['Rejected answer or wrong match empty or truncated', 'Left out of training.'],
  'sides-alike': ['Chosen and rejected answers are the same', 'Left out of training: neither is preferred.'],
  'sides-cut': ['The two answers do not differ within max length', 'Left out of training. Increase max length.'],
  'prompts-differ': [
    'Chosen and rejected answers have different prompts',
    'Left out. Where that is meant, name the column of the other prompt (rejected_prompt_column).',
  ],
  'no-conversation': ['Not a conversation: no list of messages with roles and contents', 'Left out.'],
  'unknown-role': ['Message with a role that is not known', 'Left out.'],
  'no-text': ['Message without text, such as an image', 'Left out.'],
  unanswered: ['Conversation in which nobody answers', 'Left out.'],
  'no-verdict': [
    'Label that says neither good nor bad',
    'Left out. Write true or false, 1 or 0, yes or no, good or bad.',
  ],
  'needs-chat': ['Tools or tool calls that cannot be read, or that the prompt template does not write', 'Left out.'],
  'fields-unread': [
    'Message fields that the prompt template does not write (thoughts, names, tools)',
    'Kept, without them.',
  ],
  'weight-as-one': ['Message weight other than 0 and 1', 'Trained on in full, like 1.'],
  'template-refused': ["Refused by the model's chat template", 'Left out.'],
  'validation-empty': [
    'No validation row has anything to score',
    'There will be no validation loss: choose another validation file, or hold out a share of the rows.',
  ],
};
