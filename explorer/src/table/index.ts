/** Tables of an answer: what the page uses, and what is held to the command line's (tests/tables). */
export { csv, isNumeric } from "./csv";
export { columnAsWritten, marked, without } from "./markers";
export { tables } from "./tables";
