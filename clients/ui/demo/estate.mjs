// What does the estate of the demo look like? A retailer's subjects, rules and policies, as plain values.

/** @param {string} name @param {unknown} type @param {Record<string, unknown>} [more] */
const field = (name, type, more = {}) => ({ name, type, ...more });
/** @param {unknown} type */
const optional = (type) => ["null", type];
const uuid = { type: "string", logicalType: "uuid" };
const millis = { type: "long", logicalType: "timestamp-millis" };
const money = { type: "bytes", logicalType: "decimal", precision: 12, scale: 2 };

/** @param {string} namespace @param {string} name @param {object[]} fields @param {string} [doc] */
const record = (namespace, name, fields, doc) => ({ type: "record", name, namespace, ...(doc ? { doc } : {}), fields });
const avro = (/** @type {object} */ value) => ({ schemaType: "AVRO", schema: JSON.stringify(value) });
const json = (/** @type {object} */ value) => ({
  schemaType: "JSON",
  schema: JSON.stringify({ $schema: "http://json-schema.org/draft-07/schema#", ...value }),
});
const protobuf = (/** @type {string} */ schema) => ({ schemaType: "PROTOBUF", schema });

const line = record("harbour.orders", "Line", [
  field("sku", "string", { doc: "Stock keeping unit." }),
  field("quantity", "int"),
  field("unit_price", money, { doc: "What one of it costs, tax included." }),
]);
const address = record("harbour.common", "Address", [
  field("street", "string", { "confluent:tags": ["PII"] }),
  field("postcode", "string"),
  field("city", "string"),
  field("country", "string", { doc: "Two letters, ISO 3166-1." }),
]);

const orderFields = [
  field("order_id", uuid, { doc: "Given by checkout; never used again." }),
  field("customer_id", "long", { doc: "Who ordered.", "confluent:tags": ["PII"] }),
  field("placed_at", millis),
  field("total_cents", "int", { doc: "The sum of all lines, in cents." }),
  field("currency", "string"),
  field("lines", { type: "array", items: line }),
];
const email = field("email", optional("string"), { default: null, "confluent:tags": ["PII", "EMAIL"] });
const channel = field(
  "channel",
  { type: "enum", name: "Channel", symbols: ["WEB", "STORE", "APP"], default: "WEB" },
  { default: "WEB" },
);
const partner = {
  type: "enum",
  name: "Channel",
  symbols: ["WEB", "STORE", "APP", "PARTNER"],
  default: "WEB",
};
const ship = field("ship_to", optional("harbour.common.Address"), { default: null });
const order = (/** @type {object[]} */ fields) =>
  avro(record("harbour.orders", "OrderCreated", fields, "An order was placed and paid for."));
const without = (/** @type {string} */ name, fields = orderFields) => fields.filter((one) => one.name !== name);
const total = field("total_cents", "long", { doc: "The sum of all lines, in cents." });

const condition = (
  /** @type {string} */ name,
  /** @type {string} */ doc,
  /** @type {string} */ expr,
  onFailure = "ERROR",
  more = {},
) => ({
  name,
  doc,
  kind: "CONDITION",
  type: "CEL",
  mode: "WRITE",
  expr,
  onFailure,
  ...more,
});
const orderRules = {
  domainRules: [
    condition("total-not-negative", "An order never costs less than nothing.", "message.total_cents >= 0"),
    condition(
      "lines-present",
      "An order has at least one line, and each at least one piece.",
      "size(message.lines) > 0 && message.lines.all(l, l.quantity > 0)",
      "DLQ",
      {
        params: { "dlq.topic": "orders.created.dlq" },
      },
    ),
    condition("currency-known", "We sell in three currencies.", "message.currency in ['EUR', 'SEK', 'GBP']", "NONE"),
    {
      ...condition("email-well-formed", "Addresses that mail can be sent to.", "value.isEmail()"),
      type: "CEL_FIELD",
      tags: ["EMAIL"],
    },
  ],
};
const addressReference = [{ name: "harbour.common.Address", subject: "common.address", version: 1 }];
const owner = (/** @type {string} */ team, /** @type {string} */ description, tags = {}) => ({
  properties: { owner: team, description },
  ...(Object.keys(tags).length ? { tags } : {}),
});
const ordersMetadata = owner("team-orders", "Every order that was placed, once.", {
  "harbour.orders.OrderCreated.ship_to": ["PII"],
});

/** Subjects with their versions, oldest first. */
export const subjects = [
  {
    subject: "common.address",
    versions: [{ ...avro(address), metadata: owner("team-platform", "A postal address.") }],
  },
  {
    subject: "orders.created-value",
    versions: [
      { ...order(orderFields), metadata: ordersMetadata },
      { ...order([...orderFields, email]), metadata: ordersMetadata },
      { ...order([...orderFields, email, channel]), metadata: ordersMetadata },
      { ...order([...orderFields, email, { ...channel, type: partner }]), metadata: ordersMetadata },
      { ...order([...without("total_cents"), total, email, { ...channel, type: partner }]), metadata: ordersMetadata },
      {
        ...order([...without("total_cents"), total, email, { ...channel, type: partner }, ship]),
        references: addressReference,
        metadata: ordersMetadata,
      },
      {
        ...order([
          ...without("total_cents"),
          total,
          email,
          { ...channel, type: partner },
          ship,
          field("coupon", optional("string"), { default: null }),
        ]),
        references: addressReference,
        metadata: ordersMetadata,
        ruleSet: orderRules,
      },
    ],
  },
  {
    subject: "orders.created-key",
    versions: [
      {
        ...avro(record("harbour.orders", "OrderKey", [field("order_id", uuid)])),
        metadata: owner("team-orders", "The order's id."),
      },
    ],
  },
  {
    subject: "orders.cancelled-value",
    versions: [
      {
        ...avro(
          record("harbour.orders", "OrderCancelled", [
            field("order_id", uuid),
            field("reason", "string"),
            field("cancelled_at", millis),
          ]),
        ),
        metadata: owner("team-orders", "An order was taken back."),
      },
    ],
  },
  {
    subject: "orders.enriched-value",
    versions: [
      {
        ...avro(
          record("harbour.orders", "OrderEnriched", [
            field("order_id", uuid),
            field("customer_id", "long", { "confluent:tags": ["PII"] }),
            field("segment", "string"),
            field("lifetime_value", "double", { default: 0 }),
            field("fraud_score", optional("float"), { default: null }),
          ]),
        ),
        metadata: owner("team-data", "Orders with what we know of the customer."),
      },
    ],
  },
  {
    subject: "payments.authorised-value",
    versions: [
      {
        ...protobuf(`syntax = "proto3";
package harbour.payments;

message PaymentAuthorised {
  string payment_id = 1;
  string order_id = 2;
  int64 amount_cents = 3;
  string currency = 4;
}
`),
        metadata: owner("team-payments", "A bank said yes."),
      },
      {
        ...protobuf(`syntax = "proto3";
package harbour.payments;

// A bank said yes.
message PaymentAuthorised {
  string payment_id = 1;
  string order_id = 2;
  int64 amount_cents = 3;
  string currency = 4;
  Method method = 5;
  repeated Attempt attempts = 6;

  enum Method {
    METHOD_UNSPECIFIED = 0;
    CARD = 1;
    INVOICE = 2;
  }

  message Attempt {
    string bank = 1;
    int64 at = 2;
    bool accepted = 3;
  }
}
`),
        metadata: owner("team-payments", "A bank said yes."),
        ruleSet: { domainRules: [condition("amount-positive", "Nobody pays nothing.", "message.amount_cents > 0")] },
      },
    ],
  },
  {
    subject: "payments.settled-value",
    versions: [
      {
        ...protobuf(`syntax = "proto3";
package harbour.payments;

message PaymentSettled {
  string payment_id = 1;
  int64 amount_cents = 2;
  string account = 3;
  map<string, string> labels = 4;
}
`),
        metadata: owner("team-payments", "Money arrived.", { "harbour.payments.PaymentSettled.account": ["PII"] }),
      },
    ],
  },
  {
    subject: "shipments.dispatched-value",
    versions: [
      {
        ...json({
          title: "ShipmentDispatched",
          type: "object",
          properties: {
            shipment_id: { type: "string", format: "uuid" },
            order_id: { type: "string", format: "uuid" },
            carrier: { type: "string", enum: ["DHL", "POSTNORD", "UPS"] },
            weight_grams: { type: "integer", minimum: 1 },
          },
          required: ["shipment_id", "order_id", "carrier"],
          additionalProperties: false,
        }),
        metadata: owner("team-fulfilment", "A parcel left the warehouse."),
      },
      {
        ...json({
          title: "ShipmentDispatched",
          type: "object",
          properties: {
            shipment_id: { type: "string", format: "uuid" },
            order_id: { type: "string", format: "uuid" },
            carrier: { type: "string", enum: ["DHL", "POSTNORD", "UPS", "BUDBEE"] },
            weight_grams: { type: "integer", minimum: 1 },
            parcels: {
              type: "array",
              items: {
                type: "object",
                properties: {
                  barcode: { type: "string", description: "On the label." },
                  fragile: { type: "boolean", default: false },
                },
                required: ["barcode"],
              },
            },
          },
          required: ["shipment_id", "order_id", "carrier"],
          additionalProperties: false,
        }),
        metadata: owner("team-fulfilment", "A parcel left the warehouse."),
        ruleSet: {
          domainRules: [
            condition(
              "weight-plausible",
              "No parcel weighs more than 70 kg.",
              "!has(message.weight_grams) || message.weight_grams <= 70000",
            ),
          ],
        },
      },
    ],
  },
  {
    subject: "customers.profile-value",
    config: { compatibility: "FULL_TRANSITIVE" },
    versions: [
      {
        ...avro(
          record("harbour.customers", "Profile", [
            field("customer_id", "long"),
            field("name", "string", { "confluent:tags": ["PII"] }),
            field("email", "string", { "confluent:tags": ["PII"] }),
            field("born", optional({ type: "int", logicalType: "date" }), {
              default: null,
              "confluent:tags": ["PII", "GDPR"],
            }),
            field("home", optional("harbour.common.Address"), { default: null }),
            field("consents", { type: "map", values: "boolean" }, { default: {} }),
          ]),
        ),
        references: addressReference,
        metadata: owner("team-customer", "Who our customers are.", {
          "harbour.customers.Profile.email": ["PII"],
          "harbour.customers.Profile.home": ["PII"],
        }),
      },
    ],
  },
  {
    subject: "customers.consent-value",
    versions: [
      {
        ...json({
          title: "Consent",
          type: "object",
          properties: {
            customer_id: { type: "integer" },
            purpose: { type: "string", enum: ["MAIL", "PROFILE", "SHARE"] },
            given: { type: "boolean" },
            at: { type: "string", format: "date-time" },
          },
          required: ["customer_id", "purpose", "given"],
        }),
        metadata: owner("team-customer", "What a customer allows.", { "object.customer_id": ["PII"] }),
      },
    ],
  },
  {
    subject: "catalog.product-value",
    versions: [
      {
        ...protobuf(`syntax = "proto3";
package harbour.catalog;

message Product {
  string sku = 1;
  string title = 2;
  repeated string categories = 3;
  Dimensions size = 4;
  oneof stock {
    int32 pieces = 5;
    bool endless = 6;
  }
  message Dimensions {
    uint32 width_mm = 1;
    uint32 height_mm = 2;
    uint32 depth_mm = 3;
  }
}
`),
        metadata: owner("team-catalog", "What we sell."),
      },
    ],
  },
  {
    subject: "catalog.price-value",
    config: { compatibility: "FORWARD" },
    versions: [
      {
        ...avro(
          record("harbour.catalog", "Price", [
            field("sku", "string"),
            field("amount", money),
            field("currency", "string"),
          ]),
        ),
        metadata: owner("team-catalog", "What it costs today."),
      },
      {
        ...avro(
          record("harbour.catalog", "Price", [
            field("sku", "string"),
            field("amount", money),
            field("currency", "string"),
            field("valid_from", millis),
          ]),
        ),
        metadata: owner("team-catalog", "What it costs today."),
      },
    ],
  },
  {
    subject: "inventory.level-value",
    versions: [
      {
        ...avro(
          record("harbour.inventory", "Level", [
            field("sku", "string"),
            field("warehouse", "string"),
            field("pieces", "int"),
            field("at", millis),
          ]),
        ),
        metadata: owner("team-fulfilment", "How much of it lies where."),
      },
    ],
  },
  {
    subject: "loyalty.points-value",
    versions: [
      {
        ...json({
          title: "Points",
          type: "object",
          properties: { member: { type: "string" }, points: { type: "integer" }, why: { type: "string" } },
          required: ["member", "points"],
        }),
      },
    ],
  },
  {
    subject: "fraud.score-value",
    versions: [
      {
        ...avro(
          record("harbour.fraud", "Score", [
            field("order_id", uuid),
            field("score", "float"),
            field("model", "string"),
            field("features", { type: "map", values: "double" }),
          ]),
        ),
        metadata: owner("team-risk", "How likely an order is a swindle."),
      },
    ],
  },
  {
    subject: "clickstream.page-value",
    config: { compatibility: "NONE" },
    versions: [
      {
        ...json({
          title: "PageView",
          type: "object",
          properties: { session: { type: "string" }, url: { type: "string" }, at: { type: "integer" } },
        }),
      },
      {
        ...json({
          title: "PageView",
          type: "object",
          properties: {
            session: { type: "string" },
            url: { type: "string", format: "uri" },
            referrer: { type: "string" },
            at: { type: "integer" },
          },
          required: ["session"],
        }),
      },
    ],
  },
  {
    subject: "pos.sale-value",
    config: { compatibility: "NONE" },
    versions: [
      {
        ...avro(
          record("harbour.pos", "Sale", [
            field("till", "string"),
            field("receipt", "string"),
            field("total_cents", "int"),
            field("at", millis),
          ]),
        ),
        metadata: { properties: { description: "What the tills in the shops sell." } },
      },
    ],
  },
  {
    subject: "returns.received-value",
    versions: [
      {
        ...avro(
          record("harbour.returns", "ReturnReceived", [
            field("order_id", uuid),
            field("sku", "string"),
            field("condition", { type: "enum", name: "Condition", symbols: ["NEW", "OPENED", "DAMAGED"] }),
          ]),
        ),
        metadata: owner("team-fulfilment", "Something came back."),
      },
    ],
  },
  {
    subject: "subscriptions.renewed-value",
    mode: "READONLY",
    versions: [
      {
        ...avro(record("harbour.subscriptions", "Renewed", [field("subscription_id", uuid), field("until", millis)])),
        metadata: owner("team-orders", "A subscription goes on. Being replaced by orders.created."),
      },
    ],
  },
  {
    subject: "search.index-value",
    versions: [
      {
        ...json({
          title: "IndexEntry",
          type: "object",
          properties: { sku: { type: "string" }, text: { type: "string" }, boost: { type: "number" } },
          required: ["sku", "text"],
        }),
      },
    ],
  },
  {
    subject: ":.staging:orders.created-value",
    config: { compatibility: "NONE" },
    versions: [
      {
        ...avro(
          record("harbour.orders", "OrderCreated", [
            field("order_id", uuid),
            field("customer_id", "string"),
            field("total_cents", "long"),
          ]),
        ),
        metadata: owner("team-orders", "The next shape of orders."),
      },
    ],
  },
  {
    subject: ":.staging:payments.authorised-value",
    versions: [
      {
        ...protobuf(
          'syntax = "proto3";\npackage harbour.payments;\nmessage PaymentAuthorised {\n  string payment_id = 1;\n  Money amount = 2;\n  message Money {\n    int64 units = 1;\n    int32 nanos = 2;\n    string currency = 3;\n  }\n}\n',
        ),
        metadata: owner("team-payments", "Amounts as money."),
      },
    ],
  },
];

/** Topic policies, in the order in which they are asked. */
export const policies = [
  {
    name: "orders",
    topics: "orders.*",
    mode: "enforce",
    action: "reject_and_dead_letter",
    percent: 100,
    redrive: ["User:ops-*"],
  },
  { name: "payments", topics: "payments.*", mode: "enforce", action: "reject", whenUndecidable: "closed", key: true },
  {
    name: "fulfilment",
    topics: "{shipments,returns,inventory}.*",
    mode: "enforce",
    action: "flag",
    percent: 25,
    whenUndecidable: "open",
  },
  { name: "clickstream", topics: "clickstream.*", mode: "shadow" },
  { name: "tills", topics: "pos.*", mode: "off", framing: "none" },
];

/**
 * Who writes and reads what: topic, producers with their records, those refused and how many half days ago they moved to the
 * latest version, and consumers. `once` came or went so many half days ago.
 */
export const traffic = [
  {
    topic: "orders.created",
    subject: "orders.created-value",
    producers: [
      ["checkout-api", 41_200, 3, 4],
      ["pos-gateway", 9_870, 412],
    ],
    consumers: ["billing", "enricher", "warehouse-sink"],
    once: [
      { writer: "till-legacy", went: 5, version: 5, records: 310 },
      { reader: "weekly-report", went: 3 },
      { reader: "fraud-scorer", came: 2, went: 0 },
    ],
  },
  {
    topic: "orders.enriched",
    subject: "orders.enriched-value",
    producers: [["enricher-1", 40_100, 0]],
    consumers: ["notifier", "analytics"],
  },
  {
    topic: "orders.cancelled",
    subject: "orders.cancelled-value",
    producers: [["checkout-api", 1_310, 0]],
    consumers: ["billing", "warehouse-sink"],
  },
  {
    topic: "payments.authorised",
    subject: "payments.authorised-value",
    producers: [["payment-hub", 38_900, 7]],
    consumers: ["billing", "ledger"],
  },
  {
    topic: "payments.settled",
    subject: "payments.settled-value",
    producers: [["bank-bridge", 36_020, 0]],
    consumers: ["ledger"],
  },
  {
    topic: "shipments.dispatched",
    subject: "shipments.dispatched-value",
    producers: [["warehouse-wms", 30_400, 96]],
    consumers: ["notifier", "customer-portal"],
  },
  {
    topic: "clickstream.page",
    subject: "clickstream.page-value",
    producers: [["web-tracker", 912_000, 5_730]],
    consumers: ["analytics", "search-ranker"],
  },
  {
    topic: "catalog.price",
    subject: "catalog.price-value",
    producers: [["pricing", 5_400, 0]],
    consumers: ["checkout-api", "search-ranker"],
  },
];

/**
 * What is being refused, and why. `hours`: how many records in each of the last hours, newest first. `values`: the record,
 * masked; behind a mask stand the rules that are broken there.
 */
export const violations = [
  {
    topic: "orders.created",
    subject: "orders.created-value",
    rule: "total-not-negative",
    path: "total_cents",
    reason: "value: An order never costs less than nothing.",
    clientId: "pos-gateway",
    principal: "User:retail",
    action: "reject",
    hours: [96, 120, 88, 64, 30, 14, 0, 0, 6],
    values: [
      ["order_id", "string(36)"],
      ["customer_id", "hidden"],
      ["placed_at", "timestamp"],
      ["total_cents", "int", "total-not-negative"],
      ["currency", "string(3)"],
      ["lines", "list(7)"],
      ["lines[0].sku", "string(9)"],
      ["lines[0].quantity", "int"],
      ["lines[0].unit_price", "bytes(2)"],
      ["lines[1].sku", "string(9)"],
      ["lines[1].quantity", "int"],
      ["lines[1].unit_price", "bytes(2)"],
      ["lines[5].sku", "string(9)"],
      ["lines[5].quantity", "int", "lines-present"],
      ["lines[5].unit_price", "bytes(3)"],
      ["email", "hidden"],
      ["channel", "enum"],
      ["coupon", "null"],
    ],
  },
  {
    topic: "orders.created",
    subject: "orders.created-value",
    rule: "lines-present",
    path: "lines",
    reason: "value: An order has at least one line, and each at least one piece.",
    clientId: "pos-gateway",
    principal: "User:retail",
    action: "reject",
    hours: [2, 0, 5, 1, 0, 0, 3],
    values: [
      ["order_id", "string(36)"],
      ["customer_id", "hidden"],
      ["placed_at", "timestamp"],
      ["total_cents", "int"],
      ["currency", "string(3)"],
      ["lines", "list(0)", "lines-present"],
      ["email", "hidden"],
      ["channel", "enum"],
    ],
  },
  {
    topic: "orders.created",
    subject: "orders.created-value",
    rule: "tidegate.payload",
    path: "placed_at",
    reason: "value: the payload ends before the value does",
    clientId: "checkout-api",
    principal: "User:shop",
    action: "reject",
    hours: [0, 3],
    values: [
      ["order_id", "string(36)"],
      ["customer_id", "hidden"],
      ["placed_at", "unreadable", "tidegate.payload"],
    ],
  },
  {
    topic: "payments.authorised",
    subject: "payments.authorised-value",
    rule: "amount-positive",
    path: "amount_cents",
    reason: "value: Nobody pays nothing.",
    clientId: "payment-hub",
    principal: "User:payments",
    action: "reject",
    hours: [1, 0, 2, 0, 0, 4],
    values: [
      ["payment_id", "string(26)"],
      ["order_id", "string(36)"],
      ["amount_cents", "int", "amount-positive"],
      ["currency", "string(3)"],
      ["method", "enum"],
    ],
  },
  {
    topic: "shipments.dispatched",
    subject: "shipments.dispatched-value",
    rule: "tidegate.payload",
    path: "carrier",
    reason: "value: 'carrier' is none of the values that the schema lists",
    clientId: "warehouse-wms",
    action: "flag",
    hours: [18, 22, 19, 17, 20],
    values: [
      ["shipment_id", "string(36)"],
      ["order_id", "string(36)"],
      ["carrier", "string(6)", "tidegate.payload"],
      ["weight_grams", "int"],
      ["parcels[0].barcode", "string(13)"],
    ],
  },
  {
    topic: "shipments.dispatched",
    subject: "shipments.dispatched-value",
    rule: "weight-plausible",
    path: "weight_grams",
    reason: "value: No parcel weighs more than 70 kg.",
    clientId: "warehouse-wms",
    action: "flag",
    hours: [0, 0, 0, 1],
    values: [
      ["shipment_id", "string(36)"],
      ["order_id", "string(36)"],
      ["carrier", "string(3)"],
      ["weight_grams", "int", "weight-plausible"],
    ],
  },
  {
    topic: "clickstream.page",
    subject: "clickstream.page-value",
    rule: "tidegate.payload",
    path: "session",
    reason: "value: 'session' is required and missing",
    clientId: "web-tracker",
    action: "pass",
    hours: [5100, 4870, 5230, 4980, 6100, 5800, 5400, 5120, 4990, 5200, 5310, 5050],
    values: [
      ["url", "string(88)"],
      ["at", "int"],
      ["session", "absent", "tidegate.payload"],
    ],
  },
  {
    topic: "clickstream.page",
    subject: "clickstream.page-value",
    rule: "tidegate.framing",
    path: "",
    reason: "value: no schema id in front",
    clientId: "legacy-beacon",
    action: "pass",
    hours: [310, 290, 301, 333],
    values: [],
  },
];
