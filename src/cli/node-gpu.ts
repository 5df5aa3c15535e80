import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** `null` validates shaders and bind groups and computes nothing; `software` skips any real adapter. */
export interface NodeGpuOptions {
  readonly backend?: 'any' | 'software' | 'null';
}

/** Dawn hides shader-f16 on NVIDIA under Vulkan unless both are set, and rounds timestamps to 65.5 µs, which is for pages. */
const dawnOptions = [
  'enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia',
  'disable-dawn-features=timestamp_quantization',
];

/** Dawn's devices crash the process when the object that gave them is collected. */
const kept: GPU[] = [];

/**
 * WebGPU in Node through Dawn (npm `webgpu`): the machine's adapters, else the SwiftShader that comes with Chromium.
 * `undefined` where the package or every adapter is missing. Nothing global is set, so a process whose devices are
 * destroyed exits by itself.
 */
export async function createNodeGpu({ backend = 'any' }: NodeGpuOptions = {}): Promise<GPU | undefined> {
  const loaded = await loadDawn();
  if (loaded === undefined) return undefined;
  const create = (flags: string[]): GPU => {
    const gpu = loaded(flags);
    kept.push(gpu);
    return gpu;
  };
  if (backend === 'null') return create([...dawnOptions, 'backend=null']);
  // Mesa's Vulkan drivers want a runtime folder; containers and cron jobs have none.
  process.env.XDG_RUNTIME_DIR ??= mkdtempSync(join(tmpdir(), 'atelier-gpu-'));
  for (const driver of driverChoices(backend === 'software')) {
    if (driver !== undefined) process.env.VK_ICD_FILENAMES = driver;
    if (driver?.endsWith(swiftShader)) loadVulkanBeside(driver);
    const gpu = create(dawnOptions);
    // Dawn refuses old drivers (Mesa before 25 among them) by giving no adapter.
    if ((await gpu.requestAdapter()) !== null) return gpu;
    if (driver !== undefined) delete process.env.VK_ICD_FILENAMES;
  }
  return undefined;
}

const swiftShader = 'vk_swiftshader_icd.json';

/** dlopen(3): resolve now, and stay loaded when Node finds that this is no add-on of its own and closes it again. */
const keepLoaded = 0x2 | 0x1000;

/**
 * A machine with a browser but without libvulkan1 has the browser's own Vulkan loader. Dawn asks for it by its plain
 * name, and gets it where it is loaded already.
 */
function loadVulkanBeside(manifest: string): void {
  try {
    process.dlopen({ exports: {} }, join(dirname(manifest), 'libvulkan.so.1'), keepLoaded);
  } catch {
    // Always: "Module did not self-register" where it is there, and a system's own loader serves where it is not.
  }
}

async function loadDawn(): Promise<((options: string[]) => GPU) | undefined> {
  try {
    return (await import('webgpu')).create;
  } catch {
    return undefined;
  }
}

/** Vulkan driver manifests to try in turn; `undefined` leaves the choice to the Vulkan loader. */
function driverChoices(software: boolean): readonly (string | undefined)[] {
  if (process.env.VK_ICD_FILENAMES !== undefined || process.platform !== 'linux') return [undefined];
  const found = [...lavapipeManifests(), ...swiftShaderManifests()];
  return software ? found : [undefined, ...found];
}

function lavapipeManifests(): string[] {
  const folder = '/usr/share/vulkan/icd.d';
  return namesIn(folder)
    .filter((name) => name.startsWith('lvp_icd') && name.endsWith('.json'))
    .map((name) => join(folder, name));
}

function swiftShaderManifests(): string[] {
  const { ATELIER_BROWSER: browser, PLAYWRIGHT_BROWSERS_PATH: given } = process.env;
  const downloads = given ?? join(homedir(), '.cache', 'ms-playwright');
  const browsers = [
    ...(browser ? [dirname(browser)] : []),
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/opt/google/chrome',
    '/opt/chromium.org/chromium',
  ];
  for (const name of namesIn(downloads))
    if (name.startsWith('chromium'))
      for (const build of namesIn(join(downloads, name))) browsers.push(join(downloads, name, build));
  return browsers.map((folder) => join(folder, swiftShader)).filter(existsSync);
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
