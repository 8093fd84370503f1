import { customAlphabet, nanoid } from "nanoid";

const publicIdLength = 14;

/** Without characters that are mistaken for one another. */
const publicIdAlphabet = "23456789abcdefghjklmnpqrstuvwxyz";

/** Makes a public id: 14 characters of `23456789abcdefghjklmnpqrstuvwxyz`, 70 random bits. */
export const newPublicId: () => string = customAlphabet(publicIdAlphabet, publicIdLength);

export const publicIdShape = new RegExp(`^[${publicIdAlphabet}]{${publicIdLength}}$`);

/** An id of the right shape that nothing has. */
export const noPublicId = "2".repeat(publicIdLength);

/** Whether a text can be a public id. */
export function isPublicId(text: string): boolean {
  return publicIdShape.test(text);
}

/** Names one run of a process among all that ever were. */
export function newInstanceId(): string {
  return nanoid();
}
