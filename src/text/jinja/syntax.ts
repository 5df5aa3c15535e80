import { parse, tokenize } from '@huggingface/jinja';
import { TemplateError, unsupported } from './template-error.ts';

/** What the library's parser gives, as far as it is read here. */
export type Node =
  | { readonly type: 'If'; readonly test: Node; readonly body: readonly Node[]; readonly alternate: readonly Node[] }
  | {
      readonly type: 'For';
      readonly loopvar: Node;
      readonly iterable: Node;
      readonly body: readonly Node[];
      readonly defaultBlock: readonly Node[];
    }
  | { readonly type: 'Break' | 'Continue' | 'Comment' }
  | { readonly type: 'Set'; readonly assignee: Node; readonly value: Node | null; readonly body: readonly Node[] }
  | { readonly type: 'Macro'; readonly name: NameNode; readonly args: readonly Node[]; readonly body: readonly Node[] }
  | {
      readonly type: 'CallStatement';
      readonly call: CallNode;
      readonly callerArgs: readonly Node[] | null;
      readonly body: readonly Node[];
    }
  | { readonly type: 'FilterStatement'; readonly filter: NameNode | CallNode; readonly body: readonly Node[] }
  | NameNode
  | CallNode
  | { readonly type: 'IntegerLiteral' | 'FloatLiteral'; readonly value: number }
  | { readonly type: 'StringLiteral'; readonly value: string }
  | { readonly type: 'ArrayLiteral' | 'TupleLiteral'; readonly value: readonly Node[] }
  | { readonly type: 'ObjectLiteral'; readonly value: ReadonlyMap<Node, Node> }
  | { readonly type: 'BinaryExpression'; readonly operator: Operator; readonly left: Node; readonly right: Node }
  | { readonly type: 'UnaryExpression'; readonly operator: Operator; readonly argument: Node }
  | { readonly type: 'FilterExpression'; readonly operand: Node; readonly filter: NameNode | CallNode }
  | { readonly type: 'TestExpression'; readonly operand: Node; readonly negate: boolean; readonly test: NameNode }
  | { readonly type: 'SelectExpression'; readonly lhs: Node; readonly test: Node }
  | { readonly type: 'Ternary'; readonly condition: Node; readonly trueExpr: Node; readonly falseExpr: Node }
  | { readonly type: 'MemberExpression'; readonly object: Node; readonly property: Node; readonly computed: boolean }
  | {
      readonly type: 'SliceExpression';
      readonly start: Node | undefined;
      readonly stop: Node | undefined;
      readonly step: Node | undefined;
    }
  | { readonly type: 'KeywordArgumentExpression'; readonly key: NameNode; readonly value: Node }
  | { readonly type: 'SpreadExpression' | 'KeywordSpreadExpression'; readonly argument: Node };

interface Operator {
  readonly value: string;
}
export interface NameNode {
  readonly type: 'Identifier';
  readonly value: string;
}
export interface CallNode {
  readonly type: 'CallExpression';
  readonly callee: Node;
  readonly args: readonly Node[];
}

type Tokens = ReturnType<typeof tokenize>;

/**
 * A template's statements, every line end a \n.
 * @param layout `trimmed`: the spaces before a block and the line end after it are no text, as transformers has jinja2
 * read chat templates (`trim_blocks`, `lstrip_blocks`); `kept`: all is text, to the last line end
 * @throws TemplateError where it is no template, or uses what the parser does not know
 */
export function parseTemplate(source: string, layout: 'trimmed' | 'kept' = 'trimmed'): readonly Node[] {
  try {
    const trims = layout === 'trimmed';
    const text = source.replace(/\r\n?/g, '\n');
    // The parser leaves out a line end at the very end.
    const tokens = tokenize(trims || !text.endsWith('\n') ? text : `${text}\n`, {
      trim_blocks: trims,
      lstrip_blocks: trims,
    });
    refuseMisread(tokens);
    return parse(tokens).body as unknown as readonly Node[];
  } catch (cause) {
    throw new TemplateError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

const opening: readonly string[] = [
  'OpenParen',
  'OpenSquareBracket',
  'OpenCurlyBracket',
  'OpenStatement',
  'OpenExpression',
];
const closing: readonly string[] = [
  ...['CloseParen', 'CloseSquareBracket', 'CloseCurlyBracket', 'CloseStatement', 'CloseExpression'],
];
const parting: readonly string[] = ['Comma', 'Colon', 'Equals', 'Pipe'];

/** What the parser would take for something else: `1e3` for two values, and `a < b < c` for `(a < b) < c`. */
function refuseMisread(tokens: Tokens): void {
  /** For each bracket that is open, whether its expression holds a comparison. */
  const compared: boolean[] = [];
  for (const [index, { type, value }] of tokens.entries()) {
    const isName = type === 'Identifier';
    if (isName && tokens[index - 1]?.type === 'NumericLiteral' && /^([eE]\d*|[xXoObB]?[\da-fA-F_]+)$/.test(value))
      throw unsupported(`a number such as 1${value}`);
    if (opening.includes(type)) compared.push(false);
    else if (closing.includes(type)) compared.pop();
    else if (parting.includes(type) || (isName && ['and', 'or', 'not', 'if', 'else'].includes(value))) {
      if (tokens[index + 1]?.value !== 'in') compared[compared.length - 1] = false;
    } else if (type === 'ComparisonBinaryOperator' || (isName && value === 'in')) {
      if (compared.at(-1)) throw unsupported('a chain of comparisons');
      compared[compared.length - 1] = true;
    }
  }
}
