// How wide is a line that carries so many records a second?
import { rateText, SAMPLES, widthOf } from "../../model/rate";
import { lineage as tl } from "../../strings-lineage";

export function RateLegend() {
  return (
    <span className="rate-legend">
      <span>{tl.rateLegend}</span>
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
