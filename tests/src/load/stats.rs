//! What do repeated measurements say? Medians and their spread, and the quantiles of latencies.

use std::time::Duration;

/// The middle value.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The median distance from the median.
pub fn spread(values: &[f64]) -> f64 {
    let middle = median(values);
    median(&values.iter().map(|value| (value - middle).abs()).collect::<Vec<_>>())
}

/// The value below which the share `q` of all lies; not a number where there is none.
pub fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let index = ((sorted.len().saturating_sub(1)) as f64 * q).round() as usize;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

/// A quantile of latencies, in milliseconds.
pub fn millis(latencies: &[Duration], q: f64) -> f64 {
    quantile(&latencies.iter().map(|latency| latency.as_secs_f64() * 1e3).collect::<Vec<_>>(), q)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_quantiles_of_known_values() {
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(median(&values), 3.0);
        assert_eq!(spread(&values), 1.0);
        assert_eq!(quantile(&values, 1.0), 5.0);
        assert_eq!(millis(&[Duration::from_millis(7)], 0.99), 7.0);
        assert!(median(&[]).is_nan());
    }
}
