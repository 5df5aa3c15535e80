import { describe, expect, it } from 'vitest';
import { differentiate } from '../autodiff.ts';
import { GraphBuilder } from '../builder.ts';
import { isCheap } from '../properties.ts';
import { interpret } from '../reference/interpret.ts';
import type { Graph, GraphNode, Value } from '../types.ts';
import { insideBlocks, recompute } from './recompute.ts';

const f32 = (...shape: number[]) => ({ shape, dtype: 'f32' as const });
const rows = 5;
const width = 6;

/** Two gated layers with dropout, trained throughout; outputs are the gradients. */
function buildGraph(): { graph: Graph; loss: GraphNode } {
  const b = new GraphBuilder();
  const seed = b.input('seed', { shape: [2], dtype: 'u32' });
  const trained: Value[] = [];
  let x = b.input('x', f32(rows, width));
  for (let layer = 0; layer < 2; layer++) {
    x = b.within(`layers.${layer}`, () => {
      const [gate, up, down] = ['gate', 'up', 'down'].map((name) =>
        b.parameter(`${layer}.${name}`, f32(width, width), 'trained'),
      ) as [Value, Value, Value];
      trained.push(gate, up, down);
      const dropped = b.dropout(x, seed, 0.3, `layer${layer}`);
      const hidden = b.swiglu(b.matmul(dropped, gate), b.matmul(dropped, up));
      return b.add(x, b.matmul(hidden, down));
    });
  }
  const labels = b.input('labels', { shape: [rows], dtype: 'i32' });
  const head = b.parameter('head', f32(7, width), 'weight');
  const loss = b.crossEntropy(x, head, labels, b.input('lossScale', f32()));
  const gradients = differentiate(b, loss, trained);
  return { graph: b.finish(Object.fromEntries(gradients.map((g, i) => [`g${i}`, g]))), loss: loss.node };
}

const blockOf = (scope: string): string | undefined => /^layers\.\d+/.exec(scope)?.[0];

function run(graph: Graph): Record<string, Float64Array> {
  const parameters = new Map<string, Float64Array>();
  for (const node of graph.nodes) {
    if (node.op !== 'parameter') continue;
    const { name } = node.attributes;
    const size = node.outputs[0]!.shape.reduce((a, b) => a * b, 1);
    parameters.set(
      name,
      Float64Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + name.length + name.charCodeAt(0))),
    );
  }
  const x = Array.from({ length: rows * width }, (_, i) => Math.cos(i));
  return interpret(graph, { parameters, inputs: { x, seed: [1, 2], labels: [0, 3, -100, 6, 1], lossScale: [0.25] } })
    .outputs;
}

/** Forward nodes that the backward part reads: what has to be kept. */
function keptNodes(graph: Graph): GraphNode[] {
  const loss = graph.nodes.find((node) => node.op === 'cross_entropy')!;
  const read = new Set(
    graph.nodes.filter(({ id }) => id > loss.id).flatMap(({ inputs }) => inputs.map(({ node }) => node)),
  );
  return [...read].filter((node) => node.id < loss.id && node.inputs.length > 0);
}

describe('recomputing forward values in the backward part', () => {
  const { graph, loss } = buildGraph();

  it('gives the same gradients to the bit, dropout included', () => {
    const wanted = run(graph);
    expect(run(recompute(graph, loss, isCheap))).toEqual(wanted);
    expect(run(recompute(graph, loss, insideBlocks(graph, blockOf)))).toEqual(wanted);
  });

  it('keeps of each block only what it hands on', () => {
    const full = recompute(graph, loss, insideBlocks(graph, blockOf));
    expect(keptNodes(graph).length).toBeGreaterThan(6);
    expect(keptNodes(full).map(({ op, scope }) => `${scope} ${op}`)).toEqual(['layers.0 add']);
  });

  it('computes a cheap value again instead of keeping it', () => {
    expect(keptNodes(graph).map(({ op }) => op)).toContain('gated_activation');
    expect(keptNodes(recompute(graph, loss, isCheap)).map(({ op }) => op)).not.toContain('gated_activation');
  });

  it('writes once what a forward node writes in place', () => {
    const b = new GraphBuilder();
    const cache = b.parameter('cache', f32(rows, width), 'cache');
    const positions = b.input('positions', { shape: [rows], dtype: 'i32' });
    const written = b.node('cache_write', [cache, b.input('x', f32(rows, width)), positions], {});
    const last = b.activation(written, 'tanh');
    const whole = recompute(b.finish({ y: b.mul(last, written) }), last.node, () => true);
    expect(whole.nodes.filter(({ op }) => op === 'activation')).toHaveLength(2);
    expect(whole.nodes.filter(({ op }) => op === 'cache_write')).toHaveLength(1);
  });
});
