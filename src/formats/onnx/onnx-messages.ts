/**
 * The messages of the ONNX format that are written and read here: field numbers of onnx.proto (IR version 8 and newer)
 * for protobufjs.
 */
import protobuf from 'protobufjs/light.js';

export interface Dimension {
  readonly value?: number;
  readonly param?: string;
}
export interface ValueInfo {
  readonly name: string;
  readonly type: {
    readonly tensorType: { readonly elemType: number; readonly shape: { readonly dim: readonly Dimension[] } };
  };
}
export interface TensorMessage {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly name: string;
  readonly rawData: Uint8Array;
}
export interface Attribute {
  readonly name: string;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly ints?: readonly number[];
  readonly type: number;
}
export interface NodeMessage {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly attribute: readonly Attribute[];
}
export interface GraphMessage {
  readonly node: readonly NodeMessage[];
  readonly name: string;
  readonly initializer: readonly TensorMessage[];
  readonly input: readonly ValueInfo[];
  readonly output: readonly ValueInfo[];
}
export interface ModelMessage {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly docString: string;
  readonly graph: GraphMessage;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
}

/** TensorProto.DataType. */
export const DATA_TYPES = { float: 1, int8: 3, int32: 6, int64: 7, int4: 22 } as const;
/** AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 } as const;

const one = (id: number, type: string): protobuf.IField => ({ id, type });
const many = (id: number, type: string): protobuf.IField => ({ id, type, rule: 'repeated' });

const MESSAGES: Readonly<Record<string, Record<string, protobuf.IField>>> = {
  Model: {
    irVersion: one(1, 'int64'),
    producerName: one(2, 'string'),
    producerVersion: one(3, 'string'),
    docString: one(6, 'string'),
    graph: one(7, 'Graph'),
    opsetImport: many(8, 'OperatorSet'),
    metadataProps: many(14, 'Entry'),
  },
  OperatorSet: { domain: one(1, 'string'), version: one(2, 'int64') },
  Entry: { key: one(1, 'string'), value: one(2, 'string') },
  Graph: {
    node: many(1, 'Node'),
    name: one(2, 'string'),
    initializer: many(5, 'Tensor'),
    input: many(11, 'ValueInfo'),
    output: many(12, 'ValueInfo'),
    valueInfo: many(13, 'ValueInfo'),
  },
  Node: {
    input: many(1, 'string'),
    output: many(2, 'string'),
    name: one(3, 'string'),
    opType: one(4, 'string'),
    attribute: many(5, 'Attribute'),
  },
  Attribute: {
    name: one(1, 'string'),
    f: one(2, 'float'),
    i: one(3, 'int64'),
    s: one(4, 'bytes'),
    t: one(5, 'Tensor'),
    floats: many(7, 'float'),
    ints: many(8, 'int64'),
    type: one(20, 'int32'),
  },
  Tensor: {
    dims: many(1, 'int64'),
    dataType: one(2, 'int32'),
    floatData: many(4, 'float'),
    int32Data: many(5, 'int32'),
    int64Data: many(7, 'int64'),
    name: one(8, 'string'),
    rawData: one(9, 'bytes'),
    externalData: many(13, 'Entry'),
    dataLocation: one(14, 'int32'),
  },
  ValueInfo: { name: one(1, 'string'), type: one(2, 'Type') },
  Type: { tensorType: one(1, 'TensorType') },
  TensorType: { elemType: one(1, 'int32'), shape: one(2, 'Shape') },
  Shape: { dim: many(1, 'Dimension') },
  Dimension: { value: one(1, 'int64'), param: one(2, 'string') },
};

function modelType(): protobuf.Type {
  return protobuf.Root.fromJSON({
    nested: Object.fromEntries(Object.entries(MESSAGES).map(([name, fields]) => [name, { fields }])),
  }).lookupType('Model');
}

/** The bytes of an ONNX file. */
export function encodeModel(model: ModelMessage): Uint8Array {
  const type = modelType();
  return type.encode(type.fromObject(model)).finish();
}

/** A tensor as a file may have it: its values in one of several places, or in another file. */
export interface ReadTensor {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly name: string;
  readonly rawData: Uint8Array;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly number[];
  readonly dataLocation: number;
}
export interface ReadAttribute {
  readonly name: string;
  readonly f: number;
  readonly i: number;
  readonly s: Uint8Array;
  readonly t?: ReadTensor | null;
  readonly ints: readonly number[];
}
export interface ReadNode {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly attribute: readonly ReadAttribute[];
}
export interface ReadValueInfo {
  readonly name: string;
  readonly type?: {
    readonly tensorType?: { readonly shape?: { readonly dim: readonly { readonly value: number }[] } | null } | null;
  } | null;
}
export interface ReadModel {
  readonly docString: string;
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph?: {
    readonly name: string;
    readonly node: readonly ReadNode[];
    readonly initializer: readonly ReadTensor[];
    readonly input: readonly ReadValueInfo[];
    readonly output: readonly ReadValueInfo[];
    readonly valueInfo: readonly ReadValueInfo[];
  } | null;
}

/**
 * Fields that an ONNX file has and this project needs; others are skipped. Every field is there.
 * @throws Error where the bytes are no such message
 */
export function decodeModel(bytes: Uint8Array): ReadModel {
  const type = modelType();
  return type.toObject(type.decode(bytes), { longs: Number, defaults: true, arrays: true }) as ReadModel;
}
