/** "UDC: Preview Data": shows what the network of a definition sees of its data. */
import * as vscode from 'vscode';
import type { DataPreviews } from '../preview/data-previews.ts';
import { chooseDefinition, type SampleHolder } from './definitions.ts';

/** @param called the file that the command was called on, or its address as a hover links to it */
export async function previewData(
  { previews, extensionUri }: SampleHolder & { readonly previews: DataPreviews },
  called: unknown,
): Promise<void> {
  const file = typeof called === 'string' ? vscode.Uri.parse(called, true) : called;
  const document = await chooseDefinition({ extensionUri }, file);
  if (document) await previews.show(document);
}
