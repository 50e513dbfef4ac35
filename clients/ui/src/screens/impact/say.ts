// How are lists of names written? Short: a screen has room for a few.
import { names, number } from "../../model/format";

const MOST = 6;

/** `a, b and 3 others`. */
export const few = (all: string[]) =>
  all.length > MOST ? `${all.slice(0, MOST - 1).join(", ")} (+${number(all.length - MOST + 1)})` : names(all);
