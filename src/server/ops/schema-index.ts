import { type DescExtension, type DescFile, type DescMessage, type DescService, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** Finds files of a schema by what they declare. A file comes with all that it imports, as serialised descriptors. */
export interface SchemaIndex {
  readonly services: readonly string[];
  fileByName(name: string): Uint8Array[] | undefined;
  /** @param name fully qualified, of a message, field, enum, enum value, service, method or extension */
  fileBySymbol(name: string): Uint8Array[] | undefined;
  fileByExtension(extendee: string, number: number): Uint8Array[] | undefined;
  /** Nothing when there is no such message. */
  extensionNumbers(extendee: string): number[] | undefined;
}

/** @param others files beside those of the services and what they import */
export function createSchemaIndex(services: readonly DescService[], others: readonly DescFile[] = []): SchemaIndex {
  const files = withImports([...services.map((service) => service.file), ...others]);
  const byName = new Map(files.map((file) => [file.proto.name, file]));
  const bySymbol = new Map<string, DescFile>();
  const messages = new Set<string>();
  const extensions = new Map<string, Map<number, DescFile>>();

  const addExtension = (extension: DescExtension): void => {
    bySymbol.set(extension.typeName, extension.file);
    const ofMessage = extensions.get(extension.extendee.typeName) ?? new Map<number, DescFile>();
    extensions.set(extension.extendee.typeName, ofMessage.set(extension.number, extension.file));
  };
  const addMessage = (message: DescMessage): void => {
    messages.add(message.typeName);
    bySymbol.set(message.typeName, message.file);
    for (const member of [...message.fields, ...message.oneofs]) {
      bySymbol.set(`${message.typeName}.${member.name}`, message.file);
    }
    addDeclarations(message.nestedMessages, message.nestedEnums, message.nestedExtensions);
  };
  const addDeclarations = (
    declaredMessages: DescFile["messages"],
    enums: DescFile["enums"],
    declaredExtensions: DescFile["extensions"],
  ): void => {
    declaredMessages.forEach(addMessage);
    declaredExtensions.forEach(addExtension);
    for (const declared of enums) {
      bySymbol.set(declared.typeName, declared.file);
      // The names of values are siblings of their enum's.
      const scope = declared.typeName.slice(0, -declared.name.length);
      for (const value of declared.values) {
        bySymbol.set(scope + value.name, declared.file);
      }
    }
  };
  for (const file of files) {
    addDeclarations(file.messages, file.enums, file.extensions);
    for (const service of file.services) {
      bySymbol.set(service.typeName, file);
      for (const method of service.methods) {
        bySymbol.set(`${service.typeName}.${method.name}`, file);
      }
    }
  }

  return {
    services: services.map((service) => service.typeName),
    fileByName: (name) => serialise(byName.get(name)),
    fileBySymbol: (name) => serialise(bySymbol.get(name)),
    fileByExtension: (extendee, number) => serialise(extensions.get(extendee)?.get(number)),
    extensionNumbers: (extendee) =>
      messages.has(extendee) ? [...(extensions.get(extendee)?.keys() ?? [])] : undefined,
  };
}

/** The files and all that they import, each once, importers first: clients take the first for what they asked. */
function withImports(files: readonly DescFile[]): DescFile[] {
  const visited = new Set<DescFile>();
  const importsFirst: DescFile[] = [];
  const visit = (file: DescFile): void => {
    if (!visited.has(file)) {
      visited.add(file);
      file.dependencies.forEach(visit);
      importsFirst.push(file);
    }
  };
  files.forEach(visit);
  return importsFirst.reverse();
}

const serialised = new WeakMap<DescFile, Uint8Array[]>();

/** Once a file: anybody may ask, as often as he likes. */
function serialise(file: DescFile | undefined): Uint8Array[] | undefined {
  if (file === undefined) {
    return undefined;
  }
  let known = serialised.get(file);
  if (known === undefined) {
    known = withImports([file]).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
    serialised.set(file, known);
  }
  return known;
}
