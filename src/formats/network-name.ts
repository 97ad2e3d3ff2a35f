/** File names of existing networks. */

const EXTENSION = /(\.(tflite|lite|onnx))+$/i;

export const isNetworkFile = (file: string): boolean => EXTENSION.test(file);

/** The name of the network in a file: without the extension. */
export const networkName = (file: string): string => file.replace(EXTENSION, '');
