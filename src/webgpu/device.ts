import { AppError } from '../errors.ts';
import type { DeviceProfile } from '../plan/profile.ts';
import { completionPoll } from './firefox-completion.ts';
import { DeviceHealth } from './health.ts';

/** A device of our own with what a plan must know of it. */
export interface GpuDevice {
  readonly device: GPUDevice;
  readonly profile: DeviceProfile;
  /** The adapter in words for the user. */
  readonly description: string;
  readonly health: DeviceHealth;
}

export interface DeviceOptions {
  readonly powerPreference?: GPUPowerPreference;
}

/** Dawn in Node crashes when the object that gave a device is collected before it. */
const givers = new WeakMap<GPUDevice, GPU>();

const usefulFeatures: readonly GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query'];

const usefulLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/**
 * Asks for the adapter's useful features and highest limits.
 * @throws AppError 'webgpu-unavailable'
 */
export async function requestDevice(gpu: GPU | undefined, options: DeviceOptions = {}): Promise<GpuDevice> {
  if (gpu === undefined || gpu === null)
    throw new AppError('webgpu-unavailable', { reason: 'there is no WebGPU here' });
  const { powerPreference = 'high-performance' } = options;
  const adapter = await gpu.requestAdapter({ powerPreference });
  if (adapter === null) throw new AppError('webgpu-unavailable', { reason: 'no graphics adapter was offered' });
  const requiredFeatures = usefulFeatures.filter((feature) => adapter.features.has(feature));
  const requiredLimits = Object.fromEntries(usefulLimits.map((name) => [name, adapter.limits[name]]));
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ label: 'atelier', requiredFeatures, requiredLimits });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('webgpu-unavailable', { reason }, { cause });
  }
  givers.set(device, gpu);
  const description = adapterWords(adapter.info);
  return {
    device,
    profile: profileOf(device, adapter.info, description),
    description,
    health: new DeviceHealth(device, await completionPoll(device)),
  };
}

function adapterWords(info: GPUAdapterInfo): string {
  const name =
    info.description || [info.vendor, info.architecture, info.device].filter((word) => word !== '').join(' ');
  return name === '' ? 'unnamed adapter' : name;
}

/** SwiftShader and llvmpipe name themselves, WARP is Windows' own; Firefox names no adapter and only tells the kind. */
function isSoftware(info: GPUAdapterInfo): boolean {
  if (info.isFallbackAdapter) return true;
  const words = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  return /swiftshader|llvmpipe|lavapipe|basic render|\bwarp\b/i.test(words);
}

/** Assumed until measured; a software adapter on a few cores reaches about this. */
const softwareRates = { flopsPerSecond: 5e9, bytesPerSecond: 5e9, threadsToFill: 4 };
/** A middling card, as the profile `desktop`; an integrated one is slower and a large one faster. */
const hardwareRates = { flopsPerSecond: 4e12, bytesPerSecond: 250e9, threadsToFill: 16384 };

/**
 * Whose cores keep their threads where each has 128 registers: of NVIDIA's 65,536 and Apple's 53,248 in a core 512 and 384
 * threads then have theirs, which is as many as a core needs, and AMD's have more. Intel's have 128 of 32 bytes for each
 * thread of 8 or 16 lanes, and of others we know nothing; Firefox names no vendor.
 */
const hasManyRegisters = ({ vendor }: GPUAdapterInfo): boolean => /^(nvidia|apple|amd)$/i.test(vendor);

function profileOf(device: GPUDevice, info: GPUAdapterInfo, name: string): DeviceProfile {
  const { limits, features } = device;
  const software = isSoftware(info);
  const subgroups = features.has('subgroups');
  const fixedSubgroup = subgroups && info.subgroupMinSize === info.subgroupMaxSize;
  return {
    name,
    features: { f16: features.has('shader-f16'), subgroups },
    subgroupSize: fixedSubgroup ? info.subgroupMinSize : 0,
    maxBufferSize: limits.maxBufferSize,
    maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
    maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
    maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    software,
    manyRegisters: !software && hasManyRegisters(info),
    ...(software ? softwareRates : hardwareRates),
    tiles: {},
  };
}
