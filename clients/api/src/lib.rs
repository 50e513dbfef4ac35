//! REST bodies and error codes exactly as they are on the wire: what do requests and answers look like?
