import { byteLength, elementCount } from '../../graph/types.ts';
import { openedHead } from '../../models/opened-for.ts';
import { otherBytes } from '../../models/wrapper.ts';
import type { ModelSummary } from './messages.ts';
import type { OpenedModel } from './opened-model.ts';

/** What the page shows of a model. */
export function modelSummary(opened: OpenedModel): ModelSummary {
  const { name, open } = opened;
  const { model } = open;
  const parameters = model.parameters.map((parameter) => ({
    name: parameter.name,
    module: parameter.module,
    shape: parameter.shape,
    size: elementCount(parameter.shape),
    layer: parameter.layer ?? null,
    role: parameter.role,
  }));
  return {
    name,
    modelType: model.modelType,
    head: openedHead(model),
    ...published(open, parameters),
    otherBytes: otherBytes(model, open.weights.tensors),
    totalParameters: parameters.reduce((sum, { size }) => sum + size, 0),
    layers: model.layers.length,
    hiddenSize: model.hiddenSize,
    reads: readingOf(opened),
    parameters,
  };
}

function readingOf({ open: { model }, tokenizer }: OpenedModel): ModelSummary['reads'] {
  if (model.kind === 'image') {
    const { outputs, names } = model.classifier;
    return { kind: 'image', size: model.input.size, classes: outputs, names };
  }
  const { vocabularySize, maxPositions, causal } = model;
  const hasChatTemplate = (tokenizer?.chatTemplate ?? null) !== null;
  return { kind: 'text', vocabularySize, maxPositions, hasChatTemplate, canWrite: causal };
}

/** Bytes of the weights, and the data type that most of them have. */
function published({ dtypes, codedAs }: OpenedModel['open'], parameters: ModelSummary['parameters']) {
  const bytesByType = new Map<string, number>();
  for (const { name, shape } of parameters) {
    const dtype = codedAs?.(name) ?? dtypes(name);
    bytesByType.set(dtype, (bytesByType.get(dtype) ?? 0) + byteLength({ shape, dtype }));
  }
  const [most] = [...bytesByType].sort((a, b) => b[1] - a[1]);
  return { dtype: most?.[0] ?? '', bytes: [...bytesByType.values()].reduce((sum, bytes) => sum + bytes, 0) };
}
