/** The registry of export formats: what the command line and the editor offer. */
import { layersCsv } from '../reports/csv.ts';
import { narrowMap } from '../network/narrow-map.ts';
import { exitsOf } from '../network/network-outputs.ts';
import { problemsOf } from '../targets/runnable.ts';
import { findTarget } from '../targets/find-target.ts';
import type { ExportedNetwork, ExportInput } from '../reports/export-input.ts';
import { reportHtml } from '../reports/report-html.ts';
import { runJson } from '../reports/report-json.ts';
import { reportSvg } from '../reports/report-svg.ts';
import { reportMarkdown } from '../reports/markdown.ts';
import { confusionCsv, figuresCsv, testCsv, worstCsv } from '../reports/test-csv.ts';
import { exportOnnx } from './onnx/export-onnx.ts';
import { exportSafetensors } from './safetensors/write-safetensors.ts';
import { exportC, exportCFolder } from './c/export-c.ts';
import { exportKeras, exportPytorch } from './source/write-source.ts';
import { exportTflite } from './tflite/export-tflite.ts';

export interface Format {
  readonly id: string;
  /** What a person picks. */
  readonly label: string;
  /** Of the file name, without a dot. */
  readonly extension: string;
  readonly description: string;
  /** Is the file the network itself, with its weights, not a text about it? */
  readonly holdsNetwork: boolean;
  /**
   * The file's bytes. Throws Error naming the layer that the format or the target cannot express; nothing is written by
   * then.
   */
  write(run: ExportInput): Promise<Uint8Array>;
  /** The same as several files; absent where there is but one. */
  readonly folder?: FolderFormat;
}

/** A format as the files of a folder. */
export interface FolderFormat {
  /** What a person picks. */
  readonly label: string;
  readonly description: string;
  /** Ends the name of a folder that has none yet, after the network's. */
  readonly suffix: string;
  /** The files by their names, the one to open first. Throws as `write` of the format does. */
  write(run: ExportInput): Promise<Readonly<Record<string, Uint8Array>>>;
}

interface Entry extends Omit<Format, 'write' | 'folder' | 'holdsNetwork'> {
  /** Is the file for the run's target, so that it may hold only what that can run? */
  readonly forTarget?: true;
  /** Has it no maps of fewer bits than 8? */
  readonly byteMaps?: true;
  /** Has it a network's end alone? */
  readonly oneOutput?: true;
  text?(run: ExportInput): string;
  network?(run: ExportInput, network: ExportedNetwork): Uint8Array | string;
  readonly folder?: Omit<FolderFormat, 'write'> & {
    files(run: ExportInput, network: ExportedNetwork): Readonly<Record<string, string>>;
  };
}

/** The networks that tools take first, then what people read. */
const ENTRIES: readonly Entry[] = [
  {
    id: 'tflite',
    label: 'TensorFlow Lite (int8)',
    extension: 'tflite',
    description: 'Fully integer network for LiteRT, TFLite Micro and vendor compilers such as Vela',
    forTarget: true,
    byteMaps: true,
    network: exportTflite,
  },
  {
    id: 'onnx',
    label: 'ONNX (QDQ, int8)',
    extension: 'onnx',
    description: 'Quantised network for ONNX Runtime and converters, opset 17',
    byteMaps: true,
    oneOutput: true,
    network: exportOnnx(false),
  },
  {
    id: 'onnx-int4',
    label: 'ONNX (QDQ, int8 and int4)',
    extension: 'onnx',
    description: 'The same with weights of at most 4 bits as INT4, opset 21',
    byteMaps: true,
    oneOutput: true,
    network: exportOnnx(true),
  },
  {
    id: 'c',
    label: 'C program',
    extension: 'h',
    description:
      'The network as C99 in one file (or, into a folder, header, source and test), with the kernels that it uses',
    network: exportC,
    folder: {
      label: 'C program in a folder',
      description:
        'Header, source with weights and kernels, and a program that tests them: for a build of several files',
      suffix: 'c',
      files: exportCFolder,
    },
  },
  {
    id: 'keras',
    label: 'Keras source',
    extension: 'py',
    description: 'The architecture as plain Python, with bits and sparsity per operation',
    oneOutput: true,
    text: exportKeras,
  },
  {
    id: 'pytorch',
    label: 'PyTorch source',
    extension: 'py',
    description: 'The architecture as plain Python, with bits and sparsity per operation',
    oneOutput: true,
    text: exportPytorch,
  },
  {
    id: 'safetensors',
    label: 'safetensors weights',
    extension: 'safetensors',
    description: 'Float and integer weights, steps and biases by name',
    network: exportSafetensors,
  },
  {
    id: 'html',
    label: 'HTML report',
    extension: 'html',
    description: 'Self-contained, printable report with charts',
    text: reportHtml,
  },
  {
    id: 'markdown',
    label: 'Markdown report',
    extension: 'md',
    description: 'The result as tables, for a pull request or a wiki',
    text: reportMarkdown,
  },
  {
    id: 'svg',
    label: 'SVG picture',
    extension: 'svg',
    description: 'The network as a picture: channels, maps, bits, zeros and bytes of each layer',
    text: reportSvg,
  },
  {
    id: 'json',
    label: 'JSON',
    extension: 'json',
    description: 'Everything about the run: decisions, layers, sizes, metrics, certificate, events',
    text: runJson,
  },
  {
    id: 'csv',
    label: 'CSV of layers',
    extension: 'csv',
    description: 'One row per layer: operator, bits, sparsity, bytes',
    text: layersCsv,
  },
  {
    id: 'csv-figures',
    label: 'CSV of the figures',
    extension: 'csv',
    description:
      'One row per figure of the test part: the metric and its standard error, in int8 and float, calibration',
    text: figuresCsv,
  },
  {
    id: 'csv-test',
    label: 'CSV of the test part',
    extension: 'csv',
    description: 'One row per class: samples, recall, precision, F1 by integer arithmetic',
    text: testCsv,
  },
  {
    id: 'csv-confusion',
    label: 'CSV of the confusion matrix',
    extension: 'csv',
    description: 'One row per pair of class and answer that occurs in the test part',
    text: confusionCsv,
  },
  {
    id: 'csv-worst',
    label: 'CSV of the worst samples',
    extension: 'csv',
    description: 'The most confident mistakes of the test part, by their place in it and their files',
    text: worstCsv,
  },
];

/** @throws Error naming each layer that the run's target cannot run */
function refuseUnsupported({ result, architecture }: ExportInput, label: string): void {
  const target = findTarget(result.target);
  const problems = problemsOf(target, architecture);
  if (problems.length > 0)
    throw new Error(`${label} is for ${target.name}, which cannot run this network: ${problems.join('; ')}`);
}

/** @throws Error naming the first layer whose maps a format cannot express */
function refuseNarrowMaps({ architecture }: ExportInput, label: string): void {
  const narrow = narrowMap(architecture);
  if (narrow)
    throw new Error(
      `${label} has no activations of ${narrow.activationBits!} bits, and \`${narrow.layerName}\` writes such: choose another format, or train it with \`activationBits: 8\``,
    );
}

/** @throws Error naming the early exits that a format leaves out */
function refuseExits({ architecture: { operations } }: ExportInput, label: string): void {
  const exits = exitsOf(operations).map((index) => `\`${operations[index]!.layerName}\``);
  if (exits.length > 0)
    throw new Error(
      `${label} is written with one output, and this network has early exits (${exits.join(', ')}): export TensorFlow Lite or a C program`,
    );
}

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

/** @throws Error where the run cannot be written so */
function refuse({ network, label, forTarget, byteMaps, oneOutput }: Entry, run: ExportInput): void {
  if (network && !run.network)
    throw new Error(
      `${label} needs the run's weights, but its folder has no weights.safetensors: export JSON or a report, or run the search again`,
    );
  if (forTarget) refuseUnsupported(run, label);
  if (byteMaps) refuseNarrowMaps(run, label);
  if (oneOutput) refuseExits(run, label);
}

function writer(entry: Entry): Format['write'] {
  const { text, network } = entry;
  return (run) =>
    Promise.resolve().then(() => {
      refuse(entry, run);
      return bytesOf(network ? network(run, run.network!) : text!(run));
    });
}

function folderOf(entry: Entry): Pick<Format, 'folder'> {
  if (!entry.folder) return {};
  const { files, ...words } = entry.folder;
  const write: FolderFormat['write'] = (run) =>
    Promise.resolve().then(() => {
      refuse(entry, run);
      const texts = Object.entries(files(run, run.network!));
      return Object.fromEntries(texts.map(([name, text]) => [name, bytesOf(text)]));
    });
  return { folder: { ...words, write } };
}

/** Every format, in the order they are offered. */
export const FORMATS: readonly Format[] = ENTRIES.map((entry) => {
  const { id, label, extension, description } = entry;
  const holdsNetwork = entry.network !== undefined;
  return { id, label, extension, description, holdsNetwork, write: writer(entry), ...folderOf(entry) };
});

/** The format called `id`, or whose files end in it. Throws RangeError listing all. */
export function findFormat(id: string): Format {
  const wanted = id.toLowerCase();
  const found = FORMATS.find((format) => format.id === wanted) ?? FORMATS.find((format) => format.extension === wanted);
  if (!found)
    throw new RangeError(
      `there is no export format '${id}'; the formats are ${FORMATS.map((format) => format.id).join(', ')}`,
    );
  return found;
}
