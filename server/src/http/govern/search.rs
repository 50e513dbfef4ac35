//! Which subjects does a search find, a page at a time, and of which sorts are they?

use axum::extract::State;
use tidegate_api::ErrorCode;
use tidegate_api::search::{FacetValue, Facets, Indexing, SearchHit, SearchPage};
use tidegate_registry::{CatalogueOrder, Facet, Position, SearchQuery, Searched};

use super::subjects::{shown, visibility};
use crate::http::Api;
use crate::http::auth::Asking;
use crate::http::error::Failure;
use crate::http::json::Json;
use crate::http::query::Query;

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 500;

const ORDERS: [(&str, CatalogueOrder); 3] =
    [("name", CatalogueOrder::Name), ("updated", CatalogueOrder::Updated), ("versions", CatalogueOrder::Versions)];

pub(in crate::http) async fn search(
    State(api): State<Api>,
    Asking(access): Asking,
    query: Query,
) -> Result<Json<SearchPage>, Failure> {
    let wanted = wanted(&query)?;
    let page = api.registry.search_for(&access, &wanted).await?;
    let hits = page.hits.into_iter().map(|hit| SearchHit { overview: shown(hit.overview), fields: hit.fields });
    Ok(Json(SearchPage {
        total: page.total,
        subjects: hits.collect(),
        facets: wanted.after.is_none().then(|| facets(page.facets)),
        excluded: page.excluded,
        indexing: page.indexing.map(|progress| Indexing { done: progress.done, total: progress.total }),
        next: page.next.map(|position| format!("{}.{}", position.key, position.listed_as)),
    }))
}

fn wanted(query: &Query) -> Result<Searched, Failure> {
    let refused = |message: String| Failure::new(ErrorCode::BadRequest, message);
    let parsed = SearchQuery::parse(query.raw("q").unwrap_or_default());
    let limit = match query.text("limit").map(str::parse) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit @ 1..=MAX_LIMIT)) => limit,
        Some(_) => return Err(refused(format!("parameter 'limit' must be a number from 1 to {MAX_LIMIT}"))),
    };
    let sort = query.text("sort").unwrap_or("name");
    let (is_descending, name) = sort.strip_prefix('-').map_or((false, sort), |name| (true, name));
    let order = ORDERS.iter().find(|(known, _)| *known == name).map(|(_, order)| *order);
    let order = order.ok_or_else(|| {
        refused("parameter 'sort' must be name, updated or versions, with a minus sign for the other way round".into())
    })?;
    let after = query.text("after").map(|text| {
        let position = text.split_once('.').filter(|(_, listed_as)| !listed_as.contains('\0'));
        let position = position.and_then(|(key, listed_as)| Some((key.parse().ok()?, listed_as)));
        let position = position.map(|(key, listed_as)| Position { key, listed_as: listed_as.to_owned() });
        position.ok_or_else(|| refused("parameter 'after' must be the 'next' of another page".into()))
    });
    Ok(Searched {
        query: parsed.map_err(|invalid| refused(format!("parameter 'q': {invalid}")))?,
        visibility: visibility(query)?,
        order,
        is_descending,
        after: after.transpose()?,
        limit,
    })
}

fn facets(found: Vec<Facet>) -> Facets {
    let mut facets = Facets::default();
    for Facet { name, values } in found {
        let values = values.into_iter().map(|(value, count)| FacetValue { value, count }).collect();
        match name.as_str() {
            "type" => facets.kind = values,
            "compatibility" => facets.compatibility = values,
            "mode" => facets.mode = values,
            "owner" => facets.owner = values,
            "tag" => facets.tag = values,
            "context" => facets.context = values,
            _ => {}
        }
    }
    facets
}
