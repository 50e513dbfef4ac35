//! The validating Kafka wire proxy: how do bytes pass between clients and brokers, and what is refused on the way?
