/** Devices that are named with presets of Arm's compiler, as targets are. */
import { findTarget } from '../targets/find-target.ts';
import { nameOfTarget, splitTargetName } from '../wire/target-name.ts';
import type { Device } from './runtime.ts';

/** Of devices that are targets by name, those with presets: `ethos-u55-128+Ethos_U55_Deep_Embedded`. */
export const withPresets =
  (devices: readonly Device[]) =>
  (id: string): Device | undefined => {
    const { npu, ...presets } = splitTargetName(id);
    const device = devices.find((one) => one.id === npu);
    if (!device || Object.keys(presets).length === 0) return undefined;
    const name = nameOfTarget({ npu, ...presets });
    findTarget(name);
    return { id: name, title: [device.title, ...name.split('+').slice(1)].join(', '), usual: false };
  };
