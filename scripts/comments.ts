import type { AnyDesc, DescFile } from "@bufbuild/protobuf";

/** The comment above a declaration, as paragraphs; remarks to linters are left out. */
export function commentOf(desc: AnyDesc): readonly string[] {
  const leading = leadingComment(desc);
  return leading
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => !line.startsWith("buf:lint:"))
    .join("\n")
    .trim()
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph !== "");
}

/** The same in one line, for a table's cell. */
export function commentLine(desc: AnyDesc): string {
  return commentOf(desc)
    .map((paragraph) => paragraph.replaceAll("\n", " "))
    .join("<br>");
}

function leadingComment(desc: AnyDesc): string {
  const { file, path } = locate(desc);
  const wanted = path.join();
  const location = file.proto.sourceCodeInfo?.location.find((candidate) => candidate.path.join() === wanted);
  return location?.leadingComments ?? "";
}

/** Field numbers of google.protobuf.FileDescriptorProto and its parts, by which comments are filed. */
function locate(desc: AnyDesc): { readonly file: DescFile; readonly path: readonly number[] } {
  switch (desc.kind) {
    case "service":
      return { file: desc.file, path: [6, desc.file.services.indexOf(desc)] };
    case "rpc":
      return { file: desc.parent.file, path: [...locate(desc.parent).path, 2, desc.parent.methods.indexOf(desc)] };
    case "message":
      return { file: desc.file, path: [4, desc.file.messages.indexOf(desc)] };
    case "field":
      return { file: desc.parent.file, path: [...locate(desc.parent).path, 2, desc.parent.fields.indexOf(desc)] };
    case "enum":
      return { file: desc.file, path: [5, desc.file.enums.indexOf(desc)] };
    case "enum_value":
      return { file: desc.parent.file, path: [...locate(desc.parent).path, 2, desc.parent.values.indexOf(desc)] };
    default:
      throw new Error(`no comments are read of a ${desc.kind}`);
  }
}
