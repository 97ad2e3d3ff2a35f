/** The messages of the ONNX format that an export needs: field numbers of onnx.proto (IR version 8 and newer) for protobufjs. */
import protobuf from 'protobufjs/light.js';

export interface Dimension { readonly value?: number; readonly param?: string }
export interface ValueInfo { readonly name: string; readonly type: { readonly tensorType: { readonly elemType: number; readonly shape: { readonly dim: readonly Dimension[] } } } }
export interface TensorMessage { readonly dims: readonly number[]; readonly dataType: number; readonly name: string; readonly rawData: Uint8Array }
export interface Attribute { readonly name: string; readonly f?: number; readonly i?: number; readonly s?: Uint8Array; readonly ints?: readonly number[]; readonly type: number }
export interface NodeMessage { readonly input: readonly string[]; readonly output: readonly string[]; readonly name: string; readonly opType: string; readonly attribute: readonly Attribute[] }
export interface GraphMessage {
  readonly node: readonly NodeMessage[]; readonly name: string; readonly initializer: readonly TensorMessage[]; readonly input: readonly ValueInfo[]; readonly output: readonly ValueInfo[];
}
export interface ModelMessage {
  readonly irVersion: number; readonly producerName: string; readonly producerVersion: string; readonly docString: string; readonly graph: GraphMessage;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[]; readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
}

/** TensorProto.DataType. */
export const DATA_TYPES = { float: 1, int8: 3, int32: 6, int64: 7, int4: 22 } as const;
/** AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 } as const;

const one = (id: number, type: string): protobuf.IField => ({ id, type });
const many = (id: number, type: string): protobuf.IField => ({ id, type, rule: 'repeated' });

const MESSAGES: Readonly<Record<string, Record<string, protobuf.IField>>> = {
  Model: {
    irVersion: one(1, 'int64'), producerName: one(2, 'string'), producerVersion: one(3, 'string'), docString: one(6, 'string'), graph: one(7, 'Graph'),
    opsetImport: many(8, 'OperatorSet'), metadataProps: many(14, 'Entry'),
  },
  OperatorSet: { domain: one(1, 'string'), version: one(2, 'int64') },
  Entry: { key: one(1, 'string'), value: one(2, 'string') },
  Graph: { node: many(1, 'Node'), name: one(2, 'string'), initializer: many(5, 'Tensor'), input: many(11, 'ValueInfo'), output: many(12, 'ValueInfo') },
  Node: { input: many(1, 'string'), output: many(2, 'string'), name: one(3, 'string'), opType: one(4, 'string'), attribute: many(5, 'Attribute') },
  Attribute: { name: one(1, 'string'), f: one(2, 'float'), i: one(3, 'int64'), s: one(4, 'bytes'), ints: many(8, 'int64'), type: one(20, 'int32') },
  Tensor: { dims: many(1, 'int64'), dataType: one(2, 'int32'), name: one(8, 'string'), rawData: one(9, 'bytes') },
  ValueInfo: { name: one(1, 'string'), type: one(2, 'Type') },
  Type: { tensorType: one(1, 'TensorType') },
  TensorType: { elemType: one(1, 'int32'), shape: one(2, 'Shape') },
  Shape: { dim: many(1, 'Dimension') },
  Dimension: { value: one(1, 'int64'), param: one(2, 'string') },
};

/** The bytes of an ONNX file. */
export function encodeModel(model: ModelMessage): Uint8Array {
  const root = protobuf.Root.fromJSON({ nested: Object.fromEntries(Object.entries(MESSAGES).map(([name, fields]) => [name, { fields }])) });
  const type = root.lookupType('Model');
  return type.encode(type.fromObject(model)).finish();
}
