/** The teacher that a definition names: a file of outputs, or a network that is asked for them. */
import { createHash } from 'node:crypto';
import type { Dataset } from '../data/dataset.ts';
import { readNpy } from '../data/sources/npy/npy.ts';
import { readFoldedNetwork } from '../integer/folded-file.ts';
import type { FoldedNetwork } from '../integer/integer-network.ts';
import { outputElements } from '../network/operation-counts.ts';
import type { Network } from '../network/types.ts';
import type { Teacher } from '../training/problem.ts';
import { lessonsOf, outputsOf, valuesPerSample } from '../training/teacher.ts';
import { checkInput, isArray, teacherBytes, withTeacher } from './check-teacher.ts';

type Part = Pick<Dataset, 'train' | 'classes' | 'preparation'>;

/** Rows of a file of outputs, one for each sample of the data's training part, as those that are trained on stand. */
async function rowsOfArray(path: string, { train, classes }: Part): Promise<Float32Array> {
  const { shape, data } = await readNpy(path);
  const values = valuesPerSample(train, classes);
  const [rows = 0] = shape;
  const { indices, count: samples } = train.origins ?? { indices: undefined, count: train.count };
  if (rows !== samples || data.length !== rows * values)
    throw new Error(
      `shape (${shape.join(', ')}); outputs of a teacher are (${samples}, ${values}): a row for each sample of the data's training part, in its order, before \`limit\` and \`validation\` take theirs`,
    );
  // Where targets stand in a file, a teacher's are of the same units.
  const { mean, std } = train.targetScaling ?? { mean: [0], std: [1] };
  const found = new Float32Array(train.count * values);
  for (let n = 0; n < train.count; n++)
    for (let i = 0; i < values; i++) {
      const c = i % mean.length;
      found[n * values + i] = (Number(data[(indices?.[n] ?? n) * values + i]) - mean[c]!) / std[c]!;
    }
  const wrong = found.findIndex((value) => !Number.isFinite(value));
  const place = Math.floor(wrong / values);
  if (wrong >= 0) throw new Error(`sample ${indices?.[place] ?? place} has an output that is no number`);
  return found;
}

/** @throws Error where a network does not read these samples, or puts out something else than they ask for */
function checkFits(folded: FoldedNetwork, { train, classes }: Part): void {
  checkInput(folded, train.shape);
  const [out, values] = [outputElements(folded.architecture.operations.at(-1)!), valuesPerSample(train, classes)];
  if (out !== values) throw new Error(`this network puts out ${out} values, and the task asks for ${values}`);
}

/**
 * Asks the teacher that `training.teacher` names about all training samples; undefined where the definition names none.
 * @param folder of the definition
 * @param breathe called between batches
 * @throws TeacherError naming the file
 */
export async function loadTeacher(
  { definition }: Network,
  dataset: Part,
  folder: string,
  breathe: () => Promise<void> = () => Promise.resolve(),
): Promise<Teacher | undefined> {
  const { teacher: file } = definition.training;
  if (file === undefined) return undefined;
  return withTeacher(file, folder, async (path) => {
    const bytes = await teacherBytes(path);
    const ask = async (): Promise<Float32Array> => {
      const folded = readFoldedNetwork(bytes);
      checkFits(folded, dataset);
      return outputsOf(folded, dataset.train, dataset.preparation.normalisation, breathe);
    };
    const outputs = isArray(file) ? await rowsOfArray(path, dataset) : await ask();
    return {
      file,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      lessons: lessonsOf(outputs, dataset.classes, definition.training),
    };
  });
}
