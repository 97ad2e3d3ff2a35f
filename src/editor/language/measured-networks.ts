/** What was measured of the architectures that open definitions are, by the stores of their folders. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { networkHash } from '../../measure/network-hash.ts';
import { measurementsFile, readMeasurements } from '../../runs/folder/read-measurements.ts';
import { runsFolderOf } from '../../runs/folder/run-folder.ts';
import { markdownText } from '../../text/neutral.ts';
import { capitalised } from '../../text/sentences.ts';
import { measuredTexts } from '../../wire/measured-text.ts';
import type { StoredMeasurement } from '../../wire/measurements.ts';
import type { NetworkSizes } from './sizes/analysis.ts';

interface Known {
  /** Time and size of the file that was read. */
  readonly version: string;
  readonly all: readonly StoredMeasurement[];
}

/** Stores by their file, read again when it has changed. */
export class MeasuredNetworks {
  private readonly known = new Map<string, Known>();

  /** Of the architecture that a definition is, a list in Markdown; '' of a search space, and where nothing is known. */
  async of(document: vscode.TextDocument, sizes: NetworkSizes): Promise<string> {
    if (!sizes.isArchitecture || document.uri.scheme !== 'file') return '';
    const folder = vscode.workspace.getWorkspaceFolder(document.uri)?.uri.fsPath ?? dirname(document.uri.fsPath);
    const all = await this.read(measurementsFile(runsFolderOf(folder)));
    if (all.length === 0) return '';
    const hash = networkHash(sizes.smallestArchitecture.architecture);
    return measuredTexts(all.filter((one) => one.network === hash))
      .map((text) => `- ${markdownText(capitalised(text))}`)
      .join('\n');
  }

  /** Nothing where there is no store, or it cannot be read. */
  private async read(file: string): Promise<readonly StoredMeasurement[]> {
    try {
      const { mtimeMs, size } = await stat(file);
      const version = `${mtimeMs} ${size}`;
      const before = this.known.get(file);
      if (before?.version === version) return before.all;
      const all = await readMeasurements(file);
      this.known.set(file, { version, all });
      return all;
    } catch {
      return [];
    }
  }
}
