/** WebGPU's constants (specification, section 5 and 9); browsers have them, Node does not. */
const constants = {
  GPUBufferUsage: {
    MAP_READ: 1,
    MAP_WRITE: 2,
    COPY_SRC: 4,
    COPY_DST: 8,
    INDEX: 16,
    VERTEX: 32,
    UNIFORM: 64,
    STORAGE: 128,
    INDIRECT: 256,
    QUERY_RESOLVE: 512,
  },
  GPUMapMode: { READ: 1, WRITE: 2 },
  GPUShaderStage: { VERTEX: 1, FRAGMENT: 2, COMPUTE: 4 },
  GPUTextureUsage: { COPY_SRC: 1, COPY_DST: 2, TEXTURE_BINDING: 4, STORAGE_BINDING: 8, RENDER_ATTACHMENT: 16 },
};

/** The interfaces it asks a buffer for; of the textures it never gets one. */
function interfacesOf(device: GPUDevice): Record<string, unknown> {
  const buffer = device.createBuffer({ size: 4, usage: constants.GPUBufferUsage.COPY_DST });
  const GPUBuffer = Object.getPrototypeOf(buffer).constructor;
  buffer.destroy();
  return { GPUBuffer, GPUTexture: class {}, GPUExternalTexture: class {} };
}

/**
 * TensorFlow.js reads WebGPU's names from the global scope, and starts only where `navigator.gpu` is there. In Node
 * the names are set for good and the navigator for the time of `start` only, as other libraries conclude
 * from it that they run in a browser.
 */
export async function withWebgpuGlobals<T>(device: GPUDevice, start: () => Promise<T>): Promise<T> {
  if (!('GPUBuffer' in globalThis))
    for (const [name, value] of Object.entries({ ...constants, ...interfacesOf(device) }))
      Object.defineProperty(globalThis, name, { value, configurable: true });
  if (globalThis.navigator?.gpu !== undefined) return await start();
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: {} }, configurable: true });
  try {
    return await start();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator');
    else Object.defineProperty(globalThis, 'navigator', before);
  }
}
