/** The schedulers that a sweep can be written for. */
import type { Exporter } from './exported-sweep.ts';
import { kubernetes } from './kubernetes.ts';
import { ray } from './ray.ts';
import { skypilot } from './skypilot.ts';

export const EXPORTERS = { kubernetes, skypilot, ray } as const satisfies Readonly<Record<string, Exporter>>;

export type ExporterName = keyof typeof EXPORTERS;
export const EXPORTER_NAMES = Object.keys(EXPORTERS) as readonly ExporterName[];
