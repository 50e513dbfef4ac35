//! Which subjects does `subjectPrefix` mean?

use tidegate_registry::Prefix;

/// `:*:x` is in every context, `:.ctx:x` in one, `x` in the default one.
pub(super) fn prefix(text: &str) -> Prefix {
    Prefix::parse(text)
}

#[cfg(test)]
mod tests {
    use tidegate_compat::ContextName;

    use super::*;

    #[test]
    fn a_prefix_is_about_one_context_or_all() {
        assert_eq!(prefix(":*:ord"), Prefix::AllContexts("ord".into()));
        assert_eq!(prefix(""), Prefix::Context(ContextName::default_context(), String::new()));
        let ctx = ContextName::parse("ctx").unwrap();
        assert_eq!(prefix(":.ctx:ord"), Prefix::Context(ctx.clone(), "ord".into()));
        assert_eq!(prefix(":.ctx"), Prefix::Context(ctx, String::new()));
    }
}
