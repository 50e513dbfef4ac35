//! What does a typical record look like in JSON? The order event of about 435 bytes, as many as anyone wants, no two
//! alike.

use super::event::Random;

/// In the form that serializers generate: closed, optional values as a choice between null and the rest.
pub(crate) const SCHEMA: &str = r##"{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Order",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "id": {"type": "string", "minLength": 36, "maxLength": 36},
    "customer_id": {"type": "integer", "minimum": 0},
    "email": {"type": "string", "pattern": "^[^@ ]+@[^@ ]+[.][a-z]+$"},
    "status": {"type": "string", "enum": ["NEW", "PAID", "SHIPPED", "DONE"]},
    "channel": {"enum": ["WEB", "APP", "SHOP"]},
    "total": {"type": "number", "minimum": 0},
    "created_at": {"type": "integer"},
    "note": {"oneOf": [{"type": "null"}, {"type": "string"}]},
    "address": {"$ref": "#/definitions/Address"},
    "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/Line"}},
    "tags": {"type": "object", "additionalProperties": {"type": "string"}}
  },
  "required": ["id", "customer_id", "email", "status", "channel", "total", "created_at", "address", "lines", "tags"],
  "definitions": {
    "Address": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "street": {"type": "string"},
        "city": {"type": "string"},
        "zip": {"type": "integer"},
        "country": {"type": "string", "minLength": 2, "maxLength": 2}
      },
      "required": ["street", "city", "zip", "country"]
    },
    "Line": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "sku": {"type": "string"},
        "quantity": {"type": "integer", "minimum": 0},
        "price": {"type": "number", "minimum": 0}
      },
      "required": ["sku", "quantity", "price"]
    }
  }
}"##;

/// The same with what only the reference checks: which properties there may be depends on the value.
pub(crate) fn slow_schema() -> String {
    SCHEMA.replace("http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema").replacen(
        "\"additionalProperties\": false",
        concat!(
            "\"unevaluatedProperties\": false, \"minProperties\": 1, ",
            "\"dependentSchemas\": {\"coupon\": {\"properties\": {\"discount\": true}}}"
        ),
        1,
    )
}

/// One event as serializers write it.
pub(crate) fn event(random: &mut Random) -> Vec<u8> {
    let lines: Vec<String> = (0..1 + random.below(3)).map(|_| line(random)).collect();
    let note = match random.below(2) {
        0 => "null".to_owned(),
        _ => format!("\"{}\"", word(random, 5, 30)),
    };
    let city = if random.below(10) == 0 { "Zürich".to_owned() } else { word(random, 4, 12) };
    let status = ["NEW", "PAID", "SHIPPED", "DONE"][random.below(4)];
    let channel = ["WEB", "APP", "SHOP"][random.below(3)];
    format!(
        concat!(
            "{{\"id\":\"{:08x}-{:04x}-4000-8000-{:012x}\",\"customer_id\":{},\"email\":\"{}@example.com\",",
            "\"status\":\"{}\",\"channel\":\"{}\",\"total\":{},\"created_at\":{},\"note\":{},",
            "\"address\":{{\"street\":\"{}\",\"city\":\"{}\",\"zip\":{},\"country\":\"{}\"}},",
            "\"lines\":[{}],\"tags\":{{\"source\":\"{}\",\"campaign\":\"{}\"}}}}"
        ),
        random.next() as u32,
        random.next() as u16,
        random.next() >> 16,
        random.next() >> 30,
        word(random, 5, 12),
        status,
        channel,
        price(random),
        1_700_000_000_000 + (random.next() >> 30),
        note,
        word(random, 8, 20),
        city,
        random.below(100_000),
        random.word(2).to_uppercase(),
        lines.join(","),
        word(random, 3, 12),
        word(random, 3, 12),
    )
    .into_bytes()
}

fn line(random: &mut Random) -> String {
    format!("{{\"sku\":\"{}\",\"quantity\":{},\"price\":{}}}", word(random, 6, 10), random.below(200), price(random))
}

fn word(random: &mut Random, least: usize, most: usize) -> String {
    let length = least + random.below(most - least + 1);
    random.word(length)
}

fn price(random: &mut Random) -> f64 {
    random.below(1_000_000) as f64 / 100.0
}
