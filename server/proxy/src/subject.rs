//! Who is it that shows this certificate? Its subject, as Java and so Kafka write it: `CN=alice,OU=shop,O=Example`.

use x509_parser::prelude::{AttributeTypeAndValue, FromDer, X509Certificate};

/// Names longer than this are none.
const LONGEST: usize = 512;

/// The subject of a certificate in DER, by RFC 2253. `None` if it has none that is fit to be shown.
pub(crate) fn of(certificate: &[u8]) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let mut parts = Vec::new();
    for name in certificate.subject().iter_rdn() {
        let attributes: Option<Vec<_>> = name.iter().map(attribute).collect();
        parts.push(attributes?.join("+"));
    }
    // The most particular part comes first.
    parts.reverse();
    let subject = parts.join(",");
    let fit = !subject.is_empty() && subject.len() <= LONGEST && !subject.chars().any(char::is_control);
    fit.then_some(subject)
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    let oid = attribute.attr_type().to_id_string();
    let kind = match oid.as_str() {
        "2.5.4.3" => "CN",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.25" => "DC",
        "0.9.2342.19200300.100.1.1" => "UID",
        other => other,
    };
    Some(format!("{kind}={}", escaped(attribute.as_str().ok()?)))
}

fn escaped(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(value.len());
    for (at, character) in value.chars().enumerate() {
        let is_special = ",+\"\\<>;".contains(character);
        let is_at_an_end = (character == ' ' && (at == 0 || at == last)) || (character == '#' && at == 0);
        if is_special || is_at_an_end {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

    use super::*;
    use crate::testing::Dice;

    fn certificate(parts: &[(DnType, &str)]) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        parts.iter().for_each(|(kind, value)| params.distinguished_name.push(kind.clone(), *value));
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn subjects_are_written_as_java_writes_them() {
        let parts = [
            (DnType::CountryName, "DE"),
            (DnType::OrganizationName, "Shop, Inc."),
            (DnType::OrganizationalUnitName, "a+b"),
            (DnType::CommonName, "alice"),
        ];
        assert_eq!(of(&certificate(&parts)).as_deref(), Some("CN=alice,OU=a\\+b,O=Shop\\, Inc.,C=DE"));
        assert_eq!(of(&certificate(&[(DnType::CommonName, " #x ")])).as_deref(), Some("CN=\\ #x\\ "));
    }

    #[test]
    fn what_is_not_fit_to_be_shown_is_nobody() {
        assert_eq!(of(&certificate(&[])), None);
        assert_eq!(of(&certificate(&[(DnType::CommonName, "a\nb")])), None);
        assert_eq!(of(&certificate(&[(DnType::CommonName, &"x".repeat(1_000))])), None);
        let mut dice = Dice::new(51);
        let good = certificate(&[(DnType::CommonName, "alice")]);
        for _ in 0..2_000 {
            let mut bytes = good.clone();
            dice.mutate(&mut bytes);
            let _ = of(&bytes);
        }
    }
}
