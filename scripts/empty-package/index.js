// Named because `import { Tensor } from 'onnxruntime-common'` must find it.
exports.Tensor = class Tensor {};
