//! Who is asking, and what may they do?

use tidegate_api::tokens as wire;

use crate::http::auth::Asking;
use crate::http::error::Answer;
use crate::http::json::Json;

pub(in crate::http) async fn who(Asking(access): Asking) -> Answer<wire::WhoAmI> {
    Ok(Json(wire::WhoAmI {
        name: access.known_name().map(ToOwned::to_owned),
        grants: access.grants().iter().map(ToString::to_string).collect(),
    }))
}
