import { attribute, item, slice } from './access.ts';
import { joinedTexts, spend, withBudget } from './budget.ts';
import { filter } from './filters.ts';
import { globals } from './globals.ts';
import { operate, signed } from './operators.ts';
import { str } from './printing.ts';
import { type CallNode, type NameNode, type Node, parseTemplate } from './syntax.ts';
import { TemplateError, unsupported } from './template-error.ts';
import { test } from './tests.ts';
import { type Callable, Float, isTrue, itemsOf, Namespace, Tuple, toValue, typeName, type Value } from './values.ts';

/**
 * Chat templates as Python's jinja2 renders them in transformers. The library's own interpreter has JavaScript's values
 * (its `lstrip('\n')` strips spaces too, booleans are lower case, `1 == '1'`, a `break` takes back what was written
 * before it); so only its parser is used.
 *
 * @returns what renders the template with variables, which are plain JSON
 * @throws TemplateError here where it cannot be parsed; in rendering where jinja2 raises, for what is not supported, and
 * where it takes more than any conversation does (budget.ts)
 */
export function compileTemplate(source: string): Renderer {
  return rendererOf(parseTemplate(source), false);
}

/**
 * Templates over rows of data: all that is no block is text, to the last line end, and what is not there is an error
 * instead of empty (jinja2's `keep_trailing_newline` and `StrictUndefined`).
 * @throws TemplateError as `compileTemplate`
 */
export function compileRowTemplate(source: string): Renderer {
  return rendererOf(parseTemplate(source, 'kept'), true);
}

type Renderer = (variables: Readonly<Record<string, unknown>>) => string;

function rendererOf(body: readonly Node[], isStrict: boolean): Renderer {
  return (variables) => {
    const scope = new Scope(new Scope(null, new Map(globals), isStrict));
    for (const [name, value] of Object.entries(variables)) scope.set(name, toValue(value));
    return withBudget(() => written(body, scope));
  };
}

class Scope {
  constructor(
    readonly parent: Scope | null,
    readonly names = new Map<string, Value>(),
    /** Whether what is undefined may only be asked whether it is. */
    readonly isStrict: boolean = parent?.isStrict ?? false,
  ) {}
  get(name: string): Value {
    if (this.names.has(name)) return this.names.get(name);
    return this.parent?.get(name);
  }
  set(name: string, value: Value): void {
    this.names.set(name, value);
  }
}

/** How a loop goes on behind a statement; undefined: with the next one. */
type Jump = 'Break' | 'Continue' | undefined;

/** The value of a node that something is done with. @throws TemplateError for Undefined where the scope is strict */
function needed(node: Node, scope: Scope): Value {
  const value = evaluate(node, scope);
  if (value === undefined && scope.isStrict) throw new TemplateError(`${nameIn(node)} is undefined`);
  return value;
}

function nameIn(node: Node): string {
  if (node.type === 'MemberExpression') return nameIn(node.property);
  return node.type === 'Identifier' ? `'${node.value}'` : 'what it reads';
}

const holds = (node: Node, scope: Scope): boolean => isTrue(needed(node, scope));

/** What statements write, in a scope of their own. */
function written(nodes: readonly Node[], scope: Scope): string {
  const out: string[] = [];
  execute(nodes, scope, out);
  return joinedTexts(out, '');
}

function execute(nodes: readonly Node[], scope: Scope, out: string[]): Jump {
  for (const node of nodes) {
    const jump = executeOne(node, scope, out);
    if (jump) return jump;
  }
  return undefined;
}

function executeOne(node: Node, scope: Scope, out: string[]): Jump {
  spend();
  switch (node.type) {
    case 'Comment':
      return undefined;
    case 'Break':
    case 'Continue':
      return node.type;
    case 'If':
      return execute(holds(node.test, scope) ? node.body : node.alternate, scope, out);
    case 'For':
      loop(node, scope, out);
      return undefined;
    case 'Set': {
      const value = node.value ? evaluate(node.value, scope) : written(node.body, new Scope(scope));
      assign(node.assignee, value, scope);
      return undefined;
    }
    case 'Macro':
      scope.set(node.name.value, macro(node.name.value, node.args, node.body, scope));
      return undefined;
    case 'CallStatement': {
      const caller = macro('caller', node.callerArgs ?? [], node.body, scope);
      out.push(str(called(node.call, scope, caller)));
      return undefined;
    }
    case 'FilterStatement':
      out.push(str(filtered(written(node.body, new Scope(scope)), node.filter, scope)));
      return undefined;
    default:
      out.push(str(needed(node, scope)));
      return undefined;
  }
}

/** A round is entered with its facts. */
const stepsOfRound = 10;

/** A round has a scope of its own: what is set in it ends with it. */
function loop(node: Extract<Node, { type: 'For' }>, scope: Scope, out: string[]): void {
  const { loopvar, iterable } = node;
  const source = iterable.type === 'SelectExpression' ? iterable.lhs : iterable;
  const round = (value: Value): Scope => {
    spend(stepsOfRound);
    const inner = new Scope(scope);
    assign(loopvar, value, inner);
    return inner;
  };
  const isTaken = (value: Value) => iterable.type !== 'SelectExpression' || holds(iterable.test, round(value));
  const items = itemsOf(needed(source, scope)).filter(isTaken);
  // jinja2 notes at the end of a round that there was one, so `else` follows rounds that were all left before.
  let isEnded = false;
  for (const [index, value] of items.entries()) {
    const inner = round(value);
    inner.set('loop', loopFacts(items, index));
    const jump = execute(node.body, inner, out);
    if (jump === 'Break') break;
    if (!jump) isEnded = true;
  }
  if (!isEnded) execute(node.defaultBlock, new Scope(scope), out);
}

function loopFacts(items: readonly Value[], index: number): Namespace {
  // Set one by one: it is made for each message of each rendering.
  const facts = new Map<string, Value>();
  facts.set('index', index + 1);
  facts.set('index0', index);
  facts.set('revindex', items.length - index);
  facts.set('revindex0', items.length - index - 1);
  facts.set('first', index === 0);
  facts.set('last', index === items.length - 1);
  facts.set('length', items.length);
  facts.set('depth', 1);
  facts.set('depth0', 0);
  facts.set('previtem', items[index - 1]);
  facts.set('nextitem', items[index + 1]);
  facts.set('cycle', ((args) => args[index % args.length]) satisfies Callable);
  return new Namespace(facts, false);
}

function assign(target: Node, value: Value, scope: Scope): void {
  if (target.type === 'Identifier') {
    scope.set(target.value, value);
    return;
  }
  if (target.type === 'TupleLiteral') {
    const items = itemsOf(value);
    if (items.length !== target.value.length)
      throw new TemplateError(`${items.length} values cannot be set to ${target.value.length} names`);
    for (const [index, each] of target.value.entries()) assign(each, items[index], scope);
    return;
  }
  if (target.type !== 'MemberExpression' || target.property.type !== 'Identifier')
    throw unsupported(`setting a ${target.type}`);
  const object = evaluate(target.object, scope);
  if (!(object instanceof Namespace && object.isOpen))
    throw new TemplateError('only a namespace has attributes that can be set');
  object.attributes.set(target.property.value, value);
}

/** A macro sees the scope that it stands in, not the one that it is called from. */
function macro(name: string, parameters: readonly Node[], body: readonly Node[], scope: Scope): Callable {
  const names = parameters.map((each) => (each.type === 'KeywordArgumentExpression' ? each.key.value : nameOf(each)));
  const text = JSON.stringify(body);
  const isUsed = (special: string) => text.includes(`"${special}"`);
  return (args, named) => {
    const inner = new Scope(scope);
    const rest = new Map(named);
    for (const [index, parameter] of parameters.entries()) {
      const key = names[index]!;
      const standard = parameter.type === 'KeywordArgumentExpression' ? evaluate(parameter.value, inner) : undefined;
      inner.set(key, index < args.length ? args[index] : rest.has(key) ? rest.get(key) : standard);
      rest.delete(key);
    }
    inner.set('caller', rest.get('caller'));
    rest.delete('caller');
    if (args.length > parameters.length && !isUsed('varargs'))
      throw new TemplateError(`macro ${name} takes fewer arguments`);
    if (rest.size > 0 && !isUsed('kwargs'))
      throw new TemplateError(`macro ${name} takes no keyword argument "${[...rest.keys()][0]}"`);
    inner.set('varargs', new Tuple(args.slice(parameters.length)));
    inner.set('kwargs', new Map(rest));
    return written(body, inner);
  };
}

function nameOf(node: Node): string {
  if (node.type === 'Identifier') return node.value;
  throw unsupported(`a parameter that is a ${node.type}`);
}

function evaluate(node: Node, scope: Scope): Value {
  spend();
  switch (node.type) {
    case 'StringLiteral':
    case 'IntegerLiteral':
      return node.value;
    case 'FloatLiteral':
      return new Float(node.value);
    case 'ArrayLiteral':
      return node.value.map((each) => evaluate(each, scope));
    case 'TupleLiteral':
      return new Tuple(node.value.map((each) => evaluate(each, scope)));
    case 'ObjectLiteral':
      return new Map([...node.value].map(([key, each]) => [keyOf(evaluate(key, scope)), evaluate(each, scope)]));
    case 'Identifier':
      return scope.get(node.value);
    case 'CallExpression':
      return called(node, scope);
    case 'MemberExpression':
      return member(node, scope);
    case 'UnaryExpression': {
      const value = needed(node.argument, scope);
      return node.operator.value === 'not' ? !isTrue(value) : signed(node.operator.value, value);
    }
    case 'BinaryExpression':
      return binary(node, scope);
    case 'FilterExpression':
      return filtered((isDefault(node.filter) ? evaluate : needed)(node.operand, scope), node.filter, scope);
    case 'TestExpression':
      return test(node.test.value, evaluate(node.operand, scope), []) !== node.negate;
    case 'SelectExpression':
      return holds(node.test, scope) ? evaluate(node.lhs, scope) : undefined;
    case 'Ternary':
      return evaluate(holds(node.condition, scope) ? node.trueExpr : node.falseExpr, scope);
    default:
      throw unsupported(`a ${node.type} here`);
  }
}

function keyOf(value: Value): string | number | boolean | null {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw unsupported(`a ${typeName(value)} as a key`);
}

function binary({ operator, left, right }: Extract<Node, { type: 'BinaryExpression' }>, scope: Scope): Value {
  const first = needed(left, scope);
  if (operator.value === 'and') return isTrue(first) ? evaluate(right, scope) : first;
  if (operator.value === 'or') return isTrue(first) ? first : evaluate(right, scope);
  return operate(operator.value, first, needed(right, scope));
}

function member({ object, property, computed }: Extract<Node, { type: 'MemberExpression' }>, scope: Scope): Value {
  const value = needed(object, scope);
  if (!computed)
    return property.type === 'Identifier' ? attribute(value, property.value) : item(value, evaluate(property, scope));
  if (property.type !== 'SliceExpression') return item(value, evaluate(property, scope));
  const bounds = [property.start, property.stop, property.step];
  return slice(
    value,
    bounds.map((bound) => bound && evaluate(bound, scope)),
  );
}

function called({ callee, args }: CallNode, scope: Scope, caller?: Callable): Value {
  const value = evaluate(callee, scope);
  if (typeof value !== 'function') throw new TemplateError(`'${typeName(value)}' cannot be called`);
  const given = argumentsOf(args, scope);
  if (caller) given.named.set('caller', caller);
  return value(given.args, given.named);
}

function argumentsOf(nodes: readonly Node[], scope: Scope): { args: Value[]; named: Map<string, Value> } {
  const args: Value[] = [];
  const named = new Map<string, Value>();
  for (const node of nodes) {
    if (node.type === 'SpreadExpression') args.push(...itemsOf(evaluate(node.argument, scope)));
    else if (node.type === 'KeywordArgumentExpression') named.set(node.key.value, evaluate(node.value, scope));
    else if (node.type === 'KeywordSpreadExpression') {
      const more = evaluate(node.argument, scope);
      if (!(more instanceof Map)) throw new TemplateError('** expects a dict');
      for (const [key, value] of more) named.set(String(key), value);
    } else args.push(evaluate(node, scope));
  }
  return { args, named };
}

/** `default` is for what is undefined. */
const isDefault = (node: NameNode | CallNode): boolean =>
  ['default', 'd'].includes(nameOf(node.type === 'Identifier' ? node : node.callee));

function filtered(value: Value, node: NameNode | CallNode, scope: Scope): Value {
  if (node.type === 'Identifier') return filter(node.value, value, [], new Map());
  const { args, named } = argumentsOf(node.args, scope);
  return filter(nameOf(node.callee), value, args, named);
}
