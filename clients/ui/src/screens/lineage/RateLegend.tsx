// How wide is a line that carries so many records a second, and of which time is such a number?
import { dateTime, time } from "../../model/format";
import { type Rate, rateText, SAMPLES, widthOf } from "../../model/rate";
import { lineage as tl } from "../../strings-lineage";

const DAY = 24 * 3_600_000;

/** An hour of today, or else a day, too. */
export const moment = (at: number) => (Date.now() - at < DAY / 2 ? time(at) : dateTime(at));

export const rateOver = ({ from, to }: Rate) =>
  to === undefined ? tl.rateSince(moment(from)) : tl.rateBetween(moment(from), moment(to));

/** `since`: of which time most of the numbers are, if it is not the time that is looked at. */
export function RateLegend({ since }: { since?: string | undefined }) {
  return (
    <span className="rate-legend">
      <span>{since ? tl.rateLegendSince(moment(new Date(since).getTime())) : tl.rateLegend}</span>
      {SAMPLES.map((rate) => (
        <span key={rate} className="rate-sample">
          <svg width="24" height="10" aria-hidden>
            <line x1="0" x2="24" y1="5" y2="5" strokeWidth={widthOf(rate)} />
          </svg>
          {rateText(rate)}
        </span>
      ))}
    </span>
  );
}
