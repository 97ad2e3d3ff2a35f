/** What was measured of the architectures that open definitions are, by the stores of their folders. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { networkHash } from '../../measure/network-hash.ts';
import { KnownMeasurements } from '../../runs/folder/read-measurements.ts';
import { markdownText } from '../../text/neutral.ts';
import { capitalised } from '../../text/sentences.ts';
import { measuredTexts } from '../../wire/measured-text.ts';
import type { NetworkSizes } from './sizes/analysis.ts';

export class MeasuredNetworks {
  private readonly known = new KnownMeasurements();

  /** Of the architecture that a definition is, a list in Markdown; '' of a search space, and where nothing is known. */
  async of(document: vscode.TextDocument, sizes: NetworkSizes): Promise<string> {
    if (!sizes.isArchitecture || document.uri.scheme !== 'file') return '';
    const folder = vscode.workspace.getWorkspaceFolder(document.uri)?.uri.fsPath ?? dirname(document.uri.fsPath);
    const all = await this.known.of(folder);
    if (all.length === 0) return '';
    const hash = networkHash(sizes.smallestArchitecture.architecture);
    return measuredTexts(all.filter((one) => one.network === hash))
      .map((text) => `- ${markdownText(capitalised(text))}`)
      .join('\n');
  }
}
