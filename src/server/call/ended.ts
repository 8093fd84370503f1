import { Code, ConnectError } from "@connectrpc/connect";

/** Why the signal of a call is aborted that ended well. Without a reason each call would make one, with a stack. */
export const ended = new ConnectError("the call has ended", Code.Canceled);
