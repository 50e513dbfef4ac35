// How are rates and lists of names written? Short: a screen has room for a few, and three digits are as many as anybody reads.
import { names, number } from "../../model/format";

export const rate = (value: number) =>
  value > 0 && value < 0.01 ? "< 0.01" : number(Number(value.toPrecision(value >= 100 ? 3 : 2)));

const MOST = 6;

/** `a, b and 3 others`. */
export const few = (all: string[]) =>
  all.length > MOST ? `${all.slice(0, MOST - 1).join(", ")} (+${number(all.length - MOST + 1)})` : names(all);
