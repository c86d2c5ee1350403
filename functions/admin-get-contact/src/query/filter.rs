//! `$filter`: comparisons joined by `and`, read whole or not at all.
//!
//! A comparison is `property eq literal` (or `ge`, `gt`, `le`, `lt`), `startswith(property,'text')`, or one of these of
//! `x` or `x/property` within `collection/any(x:…)`. Parentheses may enclose comparisons and whatever `and` joins; with no
//! other operator they change nothing. Each list decides which properties, operators and literals go together.
//!
//! Source: OData 4.01, URL Conventions, section 5.1.1.

use shared::http::Problem;
use shared::use_cases::admin_get_contact::Instant;

use super::refusal::unsupported;

/// The most comparisons in one filter: more than any list has properties.
const MAX_COMPARISONS: usize = 20;

/// The operator of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    AtLeast,
    Above,
    AtMost,
    Below,
    StartsWith,
}

/// The value that a property is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Literal {
    Text(String),
    Bool(bool),
    Instant(Instant),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// The path of the property in lower case, because letter case does not matter in it; written `collection[]` or
    /// `collection[]/property` inside an `any`.
    pub(crate) property: String,
    pub(crate) operator: Operator,
    pub(crate) literal: Literal,
}

/// Reads a filter.
pub(super) fn read(text: &str) -> Result<Vec<Comparison>, Problem> {
    let mut reader = Reader { rest: text.trim_matches(' ') };
    let (mut comparisons, mut open) = (Vec::new(), 0);
    loop {
        open += reader.opened();
        let one = reader.comparison().ok_or_else(unsupported)?;
        comparisons.push(Comparison { property: one.property.to_ascii_lowercase(), ..one });
        open -= reader.closed(open);
        if reader.rest.is_empty() {
            return if open == 0 { Ok(comparisons) } else { Err(unsupported()) };
        }
        if comparisons.len() == MAX_COMPARISONS {
            return Err(Problem::malformed(format!("$filter must have at most {MAX_COMPARISONS} comparisons")));
        }
        reader.joined().ok_or_else(unsupported)?;
    }
}

/// The rest of a filter. Each method reads a part from its beginning, and returns `None` if the rest begins otherwise.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn comparison(&mut self) -> Option<Comparison> {
        let path = self.path()?;
        match path.rsplit_once('/') {
            Some((collection, any)) if any.eq_ignore_ascii_case("any") && self.rest.starts_with('(') => {
                self.any(collection)
            }
            _ => self.of(path),
        }
    }

    /// The rest of a comparison without `any`, after its first word: the property or the name of the function.
    fn of(&mut self, word: &str) -> Option<Comparison> {
        if word.eq_ignore_ascii_case("startswith") { self.starts_with() } else { self.compared(word.to_owned()) }
    }

    /// `(property,'text')`
    fn starts_with(&mut self) -> Option<Comparison> {
        self.take("(")?;
        self.spaces();
        let property = self.path()?.to_owned();
        self.spaces();
        self.take(",")?;
        self.spaces();
        let literal = Literal::Text(self.text()?);
        self.spaces();
        self.take(")")?;
        Some(Comparison { property, operator: Operator::StartsWith, literal })
    }

    /// `(x:x eq literal)`, `(x:x/property eq literal)` or `(x:startswith(x/property,'text'))`
    fn any(&mut self, collection: &str) -> Option<Comparison> {
        self.take("(")?;
        self.spaces();
        let variable = self.path().filter(|variable| !variable.contains('/'))?;
        self.spaces();
        self.take(":")?;
        self.spaces();
        let open = self.opened();
        let word = self.path()?;
        let one = self.of(word)?;
        if self.closed(open) < open {
            return None;
        }
        self.spaces();
        self.take(")")?;
        let property = one.property.strip_prefix(variable)?;
        let is_of_it = property.is_empty() || property.starts_with('/');
        is_of_it.then(|| Comparison { property: format!("{collection}[]{property}"), ..one })
    }

    /// Skips opening parentheses and counts them.
    fn opened(&mut self) -> usize {
        let mut count = 0;
        while self.take("(").is_some() {
            self.spaces();
            count += 1;
        }
        count
    }

    /// Skips closing parentheses, at most as many as are open, and counts them.
    fn closed(&mut self, open: usize) -> usize {
        let mut count = 0;
        while count < open
            && let Some(rest) = self.rest.trim_start_matches(' ').strip_prefix(')')
        {
            self.rest = rest;
            count += 1;
        }
        count
    }

    /// ` eq literal`
    fn compared(&mut self, property: String) -> Option<Comparison> {
        self.space()?;
        let operator = match self.path()?.to_ascii_lowercase().as_str() {
            "eq" => Operator::Equal,
            "ge" => Operator::AtLeast,
            "gt" => Operator::Above,
            "le" => Operator::AtMost,
            "lt" => Operator::Below,
            _ => return None,
        };
        self.space()?;
        let literal = if self.rest.starts_with('\'') { Literal::Text(self.text()?) } else { self.bare()? };
        Some(Comparison { property, operator, literal })
    }

    /// ` and `
    fn joined(&mut self) -> Option<()> {
        self.space()?;
        self.path().filter(|word| word.eq_ignore_ascii_case("and"))?;
        self.space()
    }

    /// Names joined by slashes.
    fn path(&mut self) -> Option<&'a str> {
        let in_path = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == '/';
        let path = self.take_while(in_path);
        path.split('/').all(|name| name.starts_with(|char: char| char.is_ascii_alphabetic())).then_some(path)
    }

    /// A quoted text; a quote within it is doubled.
    fn text(&mut self) -> Option<String> {
        self.take("'")?;
        let mut text = String::new();
        loop {
            let (part, rest) = self.rest.split_once('\'')?;
            text.push_str(part);
            self.rest = rest;
            match self.take("'") {
                Some(()) => text.push('\''),
                None => return Some(text),
            }
        }
    }

    /// `true`, `false` or a moment.
    fn bare(&mut self) -> Option<Literal> {
        let literal = self.take_while(|char| char != ' ' && char != ')' && char != ',');
        match literal {
            is if is.eq_ignore_ascii_case("true") => Some(Literal::Bool(true)),
            is if is.eq_ignore_ascii_case("false") => Some(Literal::Bool(false)),
            _ => Instant::parse(literal).map(Literal::Instant),
        }
    }

    fn take(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    /// At least one space.
    fn space(&mut self) -> Option<()> {
        self.take(" ")?;
        self.spaces();
        Some(())
    }

    fn spaces(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|char| !fits(char)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<Vec<(String, Operator, Literal)>> {
        let parts = |one: Comparison| (one.property, one.operator, one.literal);
        read(text).ok().map(|comparisons| comparisons.into_iter().map(parts).collect())
    }

    fn one(property: &str, operator: Operator, literal: Literal) -> Vec<(String, Operator, Literal)> {
        vec![(property.to_owned(), operator, literal)]
    }

    fn text(text: &str) -> Literal {
        Literal::Text(text.to_owned())
    }

    #[test]
    fn comparisons_are_read_exactly() {
        let at = Literal::Instant(Instant::parse("2026-11-21T22:04:30+01:00").unwrap());
        for (filter, property, operator, literal) in [
            ("a eq 'b'", "a", Operator::Equal, text("b")),
            ("  a   EQ   'b'  ", "a", Operator::Equal, text("b")),
            ("a/b/c eq ''", "a/b/c", Operator::Equal, text("")),
            ("a eq 'O''Neil''''s'", "a", Operator::Equal, text("O'Neil''s")),
            ("a eq ' and b eq ('", "a", Operator::Equal, text(" and b eq (")),
            ("a eq true", "a", Operator::Equal, Literal::Bool(true)),
            ("a eq false", "a", Operator::Equal, Literal::Bool(false)),
            ("a ge 2026-11-21T22:04:30+01:00", "a", Operator::AtLeast, at.clone()),
            ("a gt 2026-11-21T22:04:30+01:00", "a", Operator::Above, at.clone()),
            ("a le 2026-11-21T22:04:30+01:00", "a", Operator::AtMost, at.clone()),
            ("a lt 2026-11-21T22:04:30+01:00", "a", Operator::Below, at),
            ("startswith(a,'b')", "a", Operator::StartsWith, text("b")),
            ("startsWith( a/b , 'b' )", "a/b", Operator::StartsWith, text("b")),
            ("a/any(t:t eq 'b')", "a[]", Operator::Equal, text("b")),
            ("a/any( x : x/b eq 'c' )", "a[]/b", Operator::Equal, text("c")),
            ("a/any(t:startswith(t/b,'c'))", "a[]/b", Operator::StartsWith, text("c")),
            ("a/any(t: startsWith( t , 'b' ) )", "a[]", Operator::StartsWith, text("b")),
            ("a/any(t:(t/b eq 'c'))", "a[]/b", Operator::Equal, text("c")),
            ("a/any(t:( (startswith(t,'b')) ) )", "a[]", Operator::StartsWith, text("b")),
            ("a/any eq 'b'", "a/any", Operator::Equal, text("b")),
            ("userPrincipalName eq 'B'", "userprincipalname", Operator::Equal, text("B")),
            ("(a eq 'b')", "a", Operator::Equal, text("b")),
            (" ( ( a eq ')' ) )", "a", Operator::Equal, text(")")),
            ("(a eq true)", "a", Operator::Equal, Literal::Bool(true)),
            ("(startswith(a,'b'))", "a", Operator::StartsWith, text("b")),
            ("(a/any(t:t eq 'b'))", "a[]", Operator::Equal, text("b")),
        ] {
            assert_eq!(parts(filter), Some(one(property, operator, literal)), "{filter}");
        }
        let both = parts("a eq 'b' and startswith(c,'d') AND e/any(t:t/f eq true)").unwrap();
        let properties: Vec<&str> = both.iter().map(|(property, ..)| property.as_str()).collect();
        assert_eq!(properties, ["a", "c", "e[]/f"]);
    }

    #[test]
    fn parentheses_change_nothing() {
        let plain = parts("a eq 'b' and c eq 'd' and e eq 'f'");
        assert!(plain.is_some());
        for filter in [
            "(a eq 'b' and c eq 'd' and e eq 'f')",
            "(a eq 'b') and (c eq 'd') and (e eq 'f')",
            "(a eq 'b' and c eq 'd') and e eq 'f'",
            "a eq 'b' and (c eq 'd' and (e eq 'f'))",
            "((a eq 'b') and ((c eq 'd' and e eq 'f')))",
            "( ( ( a eq 'b' and c eq 'd' ) ) and e eq 'f' )",
        ] {
            assert_eq!(parts(filter), plain, "{filter}");
        }
        let deep = format!("{}a eq 'b'{}", "(".repeat(5_000), ")".repeat(5_000));
        assert_eq!(parts(&deep), Some(one("a", Operator::Equal, text("b"))));
    }

    #[test]
    fn a_filter_that_is_not_wholly_understood_is_refused() {
        for filter in [
            "",
            " ",
            "a",
            "a eq",
            "a eq ",
            "a eq b",
            "a eq 1",
            "a eq null",
            "a eq 'b",
            "a eq b'",
            "a eq 'b'c",
            "a eq 'b' 'c'",
            "a eq 'b'and c eq 'd'",
            "a eq 'b' and",
            "a eq 'b' and ",
            "and a eq 'b'",
            "a eq 'b' or c eq 'd'",
            "a ne 'b'",
            "a in ('b')",
            "a eq'b'",
            "aeq 'b'",
            "not a eq 'b'",
            "not startswith(a,'b')",
            "(a eq 'b'",
            "a eq 'b')",
            "(a eq 'b'))",
            "((a eq 'b')",
            "()",
            "() a eq 'b'",
            "(a) eq 'b'",
            "a eq ('b')",
            "(a eq 'b') (c eq 'd')",
            "(a eq 'b')and (c eq 'd')",
            "(a eq 'b' and) c eq 'd'",
            "a eq 'b' (and c eq 'd')",
            "(a eq 'b' or c eq 'd')",
            "(a eq 'b') or (c eq 'd')",
            "not (a eq 'b')",
            "(not a eq 'b')",
            "a has 'b'",
            "'b' eq a",
            "/a eq 'b'",
            "a/ eq 'b'",
            "a//b eq 'c'",
            "1a eq 'b'",
            "startswith(a,'b'",
            "startswith(a,b)",
            "startswith(a)",
            "startswith(a,'b') eq true",
            "startswith (a,'b')",
            "startswith(a,'b','c')",
            "endswith(a,'b')",
            "contains(a,'b')",
            "tolower(a) eq 'b'",
            "a/any()",
            "a/any(t:t)",
            "a/any(t:u eq 'b')",
            "a/any(t:tt eq 'b')",
            "a/any(t/u:t/u eq 'b')",
            "a/any(t:t eq 'b' and t eq 'c')",
            "a/any(t:startswith(u,'b'))",
            "a/any(t:startswith(tt,'b'))",
            "a/any(t:(t eq 'b')",
            "a/any((t:t eq 'b'))",
            "a/any(t:t eq 'b'",
            "a/any(t:t/any(u:u eq 'b'))",
            "a/any(t:t eq 'b' or t eq 'c')",
            "a/all(t:t eq 'b')",
            "any(t:t eq 'b')",
            "a/$count eq 1",
            "a eq 'b';c eq 'd'",
            "a eq 'b'\u{a0}and c eq 'd'",
            "a\teq 'b'",
            "é eq 'b'",
        ] {
            assert_eq!(read(filter), Err(unsupported()), "{filter}");
        }
    }

    #[test]
    fn comparisons_are_counted() {
        let filter = |count: usize| vec!["a eq 'b'"; count].join(" and ");
        assert_eq!(read(&filter(MAX_COMPARISONS)).unwrap().len(), MAX_COMPARISONS);
        let refused = read(&filter(MAX_COMPARISONS + 1));
        assert_eq!(refused, Err(Problem::malformed("$filter must have at most 20 comparisons")));
    }
}
