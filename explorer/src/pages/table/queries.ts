/** Choices as queries and back, and what periods there are to choose from: what tests hold to each other. */
export { periodsBetween } from "../../periods";
export { choiceOf } from "./read";
export { written } from "./write";
