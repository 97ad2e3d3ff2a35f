/** What a file is by its first bytes: names for files that are not what was expected, and what to do about each. */

export interface FileKind {
  /** With its article: 'a ZIP archive'. */
  readonly name: string;
  /** What to do where something else was expected. */
  readonly remedy: string;
  /** Never the content of anything that is read here: a stand-in for a file that was not fetched. */
  readonly placeholder?: true;
}

interface Signature extends FileKind {
  readonly matches: (bytes: Uint8Array, text: string) => boolean;
}

/** What a file that may be read as ONNX is called. */
export const ONNX_KIND = 'an ONNX model';

/** So much of a file is looked at. */
const HEAD_BYTES = 4096;

const starts =
  (...magic: readonly number[]) =>
  (bytes: Uint8Array): boolean =>
    bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);
const says =
  (at: number, word: string) =>
  (_: Uint8Array, text: string): boolean =>
    text.startsWith(word, at);
const zip =
  (content: RegExp) =>
  (bytes: Uint8Array, text: string): boolean =>
    starts(0x50, 0x4b, 3, 4)(bytes) && content.test(text);
const textual =
  (pattern: RegExp) =>
  (_: Uint8Array, text: string): boolean =>
    pattern.test(text);

const EXPORT_INT8 =
  'convert the model to a fully int8 .tflite first (TFLiteConverter with a representative data set), or export it to .onnx';

/** The most telling first. */
const SIGNATURES: readonly Signature[] = [
  {
    name: 'a Git LFS pointer',
    remedy: 'the file itself was not fetched: run `git lfs pull` in its repository',
    placeholder: true,
    matches: textual(/^version https:\/\/git-lfs\.github\.com\/spec\//),
  },
  {
    name: 'a web page',
    remedy: 'the download gave a page instead of the file: download it again by its direct link',
    placeholder: true,
    matches: textual(/^\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html)\b/i),
  },
  { name: 'a TensorFlow Lite model', remedy: 'name it .tflite', matches: says(4, 'TFL3') },
  { name: 'an ONNX Runtime model (.ort)', remedy: 'give the .onnx it was made from', matches: says(4, 'ORTM') },
  {
    name: 'an ExecuTorch program (.pte)',
    remedy: 'export the model to .onnx, or convert it to a .tflite',
    matches: textual(/^.{4}ET1\d/s),
  },
  { name: 'a NumPy array (.npy)', remedy: 'name it .npy', matches: starts(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59) },
  {
    name: 'a NumPy archive (.npz)',
    remedy: "save each of its arrays alone: np.save('x.npy', np.load(file)['x'])",
    matches: zip(/^.{26,30}[^\0]{0,200}\.npy/s),
  },
  {
    name: 'a PyTorch file',
    remedy: 'export the model to .onnx (torch.onnx.export), or convert it to a fully int8 .tflite',
    matches: zip(/data\.pkl|\/byteorder|\/version|constants\.pkl/),
  },
  {
    name: 'a Keras model (.keras)',
    remedy: EXPORT_INT8,
    matches: zip(/metadata\.json|config\.json|model\.weights\.h5/),
  },
  { name: 'a ZIP archive', remedy: 'unpack it and give the file in it', matches: starts(0x50, 0x4b, 3, 4) },
  {
    name: 'an HDF5 file (a Keras .h5, or data)',
    remedy: `a model: ${EXPORT_INT8}; data: save them by np.save`,
    matches: starts(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a),
  },
  { name: 'a gzip file', remedy: 'unpack it (gunzip)', matches: starts(0x1f, 0x8b) },
  { name: 'a bzip2 file', remedy: 'unpack it (bunzip2)', matches: textual(/^BZh[1-9]1AY/) },
  { name: 'an xz file', remedy: 'unpack it (unxz)', matches: starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0) },
  { name: 'a zstd file', remedy: 'unpack it (unzstd)', matches: starts(0x28, 0xb5, 0x2f, 0xfd) },
  {
    name: 'a 7-Zip archive',
    remedy: 'unpack it and give the file in it',
    matches: starts(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c),
  },
  { name: 'a tar archive', remedy: 'unpack it (tar -xf) and give the file in it', matches: says(257, 'ustar') },
  {
    name: 'a MATLAB file',
    remedy: 'save its arrays by np.save (scipy.io.loadmat reads them)',
    matches: textual(/^MATLAB [57]\.\d/),
  },
  {
    name: 'a Python pickle (of PyTorch or of data)',
    remedy: 'a model: export it to .onnx, or convert it to a fully int8 .tflite; data: save them by np.save',
    matches: (bytes) => bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5,
  },
  {
    name: 'a PNG image',
    remedy: 'gather the images in one array and save it by np.save',
    matches: starts(0x89, 0x50, 0x4e, 0x47),
  },
  {
    name: 'a JPEG image',
    remedy: 'gather the images in one array and save it by np.save',
    matches: starts(0xff, 0xd8, 0xff),
  },
  {
    name: 'a sound file (WAV)',
    remedy: 'compute the features, gather them in one array and save it by np.save',
    matches: textual(/^RIFF.{4}WAVE/s),
  },
  {
    name: 'a TensorFlow SavedModel',
    remedy: EXPORT_INT8,
    matches: textual(/^\x08\x01\x12[\s\S]*(?:serve|saved_model|tensorflow)/),
  },
  { name: ONNX_KIND, remedy: 'name it .onnx', matches: isOnnx },
  {
    name: 'a safetensors file',
    remedy: 'it holds weights without the network: give the network itself',
    matches: textual(/^.{4}\0{4}\{"/s),
  },
  {
    name: 'C source of a model',
    remedy: 'give the .tflite that it was made from, or turn it back (xxd -r -p of the hexadecimal numbers)',
    matches: textual(/\b(?:unsigned char|uint8_t|int8_t)\s+(?:DATA_ALIGN_ATTRIBUTE\s+)?\w+\s*\[/),
  },
  {
    name: 'a JSON text',
    remedy: 'a model of TensorFlow.js has to be converted to a .tflite',
    matches: textual(/^\s*[{[]\s*(?:"|\{|\[)/),
  },
];

/**
 * A model message begins with its IR version (field 1); one of the fields that writers put next follows, later a graph.
 */
function isOnnx(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0x08 &&
    bytes[1]! >= 1 &&
    bytes[1]! <= 30 &&
    [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(bytes[2]!)
  );
}

/** What a file is, if its first bytes tell. */
export function fileKind(bytes: Uint8Array): FileKind | undefined {
  if (bytes.length === 0)
    return { name: 'empty', remedy: 'was it written or downloaded to its end?', placeholder: true };
  const head = bytes.subarray(0, HEAD_BYTES);
  let text = '';
  for (const byte of head) text += String.fromCharCode(byte);
  return SIGNATURES.find(({ matches }) => matches(head, text));
}

/** 'this is a ZIP archive: unpack it', or what the fallback says. */
export function sayKind(bytes: Uint8Array, otherwise: string): string {
  const kind = fileKind(bytes);
  return kind ? `this is ${kind.name}: ${kind.remedy}` : otherwise;
}
