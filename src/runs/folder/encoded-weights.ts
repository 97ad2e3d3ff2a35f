/**
 * Where the weights of a definition may lie, encoded: in its finished runs and in the file that it starts from. For
 * programs without an editor.
 */
import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Definition } from '../../network/types.ts';
import type { EncodedSource } from '../../costs/weights/known-bytes.ts';
import { readExactLayers } from './read-exact-layers.ts';
import { listRuns } from './run-folder.ts';

const real = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));

/**
 * Runs of this definition, newest first, then its weights file, then runs of definitions of the same name elsewhere (an
 * architecture may be applied to another
 * file). What cannot be read is left out: who needs it says so.
 */
export async function encodedSources(
  path: string,
  definition: Definition,
  runsFolder: string,
): Promise<EncodedSource[]> {
  const own = await real(path);
  const runs = await listRuns(runsFolder).catch(() => []);
  const finished = await Promise.all(
    runs.flatMap(({ id, header, result }) =>
      header && result
        ? result.networks.map(({ layers }) =>
            real(header.definitionPath).then((of) => ({
              origin: `the run ${id}`,
              target: result.target,
              layers,
              name: result.name,
              isOwn: of === own,
            })),
          )
        : [],
    ),
  );
  const { initialWeights } = definition.training;
  const file =
    initialWeights === undefined
      ? undefined
      : await readExactLayers(resolve(dirname(path), initialWeights)).catch(() => undefined);
  return [
    ...finished.filter(({ isOwn }) => isOwn),
    ...(file ? [{ origin: initialWeights!, ...file }] : []),
    ...finished.filter(({ isOwn, name }) => !isOwn && name === definition.name),
  ];
}
