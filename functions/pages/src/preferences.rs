//! What a request prefers: the members of `Accept-Language` and `Accept-Encoding`, with their weights.

/// The weight of a member that names none, in thousandths.
const WHOLE: u16 = 1000;

/// The members of a header, in its order, each with its weight in thousandths. A member that cannot be read is left
/// out.
///
/// Source: RFC 9110, sections 12.4.2, 12.5.3 and 12.5.4.
pub(crate) fn members(header: &str) -> impl Iterator<Item = (&str, u16)> {
    header.split(',').filter_map(|member| {
        let (name, parameters) = member.split_once(';').unwrap_or((member, ""));
        let name = name.trim();
        let weight = match parameters.trim() {
            "" => WHOLE,
            text => weight(text)?,
        };
        (!name.is_empty()).then_some((name, weight))
    })
}

fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let value = value.trim();
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    if part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    match (whole, part) {
        ("0", part) => Some(part),
        ("1", 0) => Some(WHOLE),
        _ => None,
    }
}

/// Whether an `Accept-Encoding` header accepts a coding: by its name, else by `*`.
pub(crate) fn accepts(header: &str, coding: &str) -> bool {
    let of = |wanted: &str| members(header).find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    of(coding).or_else(|| of("*")).is_some_and(|(_, weight)| weight > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_weights_and_rubbish_is_left_out() {
        let read = |header| members(header).collect::<Vec<_>>();
        assert_eq!(read("de-AT, de ;q=0.8,en;Q=0.75 , *;q=0"), [("de-AT", 1000), ("de", 800), ("en", 750), ("*", 0)]);
        assert_eq!(read("a;q=1,b;q=1.000,c;q=0.001,d;q=0."), [("a", 1000), ("b", 1000), ("c", 1), ("d", 0)]);
        for rubbish in
            ["", " ", ",,", ";q=1", "a;q=2", "a;q=1.001", "a;q=0.1234", "a;q=-1", "a;q=x", "a;level=1", "a;q"]
        {
            assert_eq!(read(rubbish), [], "{rubbish}");
        }
    }

    #[test]
    fn a_coding_is_accepted_by_its_name_before_the_wildcard() {
        for (header, accepted) in [
            ("gzip, deflate, br, zstd", true),
            ("BR", true),
            ("*", true),
            ("br;q=0.1, identity", true),
            ("*;q=0, br", true),
            ("br;q=0, *", false),
            ("gzip", false),
            ("*;q=0", false),
            ("brr", false),
            ("", false),
        ] {
            assert_eq!(accepts(header, "br"), accepted, "{header}");
        }
    }
}
