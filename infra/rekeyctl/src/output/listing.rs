//! Rows of a result, as people or programs want them.

use serde_json::{Map, Value};

use crate::options::{Columns, Output};
use crate::output::csv::row;
use crate::output::failure::Failure;
use crate::output::terminal::{json_line, table};

/// Rows that are printed while they arrive, except for a table, whose columns are as wide as their widest cell.
pub(crate) struct Listing {
    output: Output,
    columns: Vec<String>,
    /// Whether the caller chose the columns, so that JSON has only those members.
    chosen: bool,
    /// The cell of a row in a column.
    cell: fn(&Value, &str) -> String,
    rows: Vec<Vec<String>>,
}

impl Listing {
    /// A list with these columns. A cell is the member that a column names.
    pub(crate) fn new(output: Output, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        Self { output, columns, chosen: false, cell: |row, name| cell(&row[name]), rows: Vec::new() }
    }

    /// The same list with the columns that the caller chose, if any, in any letter case. The list has its own columns
    /// and these others.
    pub(crate) fn choosing(mut self, chosen: &Columns, others: &[&str]) -> Result<Self, Failure> {
        let known: Vec<&str> = self.columns.iter().map(String::as_str).chain(others.iter().copied()).collect();
        let find = |name: &String| {
            known.iter().find(|known| known.eq_ignore_ascii_case(name)).map(|known| (*known).to_owned())
        };
        let columns: Option<Vec<String>> = chosen.columns.iter().map(find).collect();
        let columns = columns.ok_or_else(|| Failure::UnknownColumn(known.join(", ")))?;
        if !columns.is_empty() {
            (self.columns, self.chosen) = (columns, true);
        }
        Ok(self)
    }

    /// The same list with other cells.
    pub(crate) fn with_cells(self, cell: fn(&Value, &str) -> String) -> Self {
        Self { cell, ..self }
    }

    /// The names of the columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// What is printed before the rows.
    pub(crate) fn begin(&self) -> String {
        if self.output == Output::Csv { row(self.columns.iter().map(String::as_str)) } else { String::new() }
    }

    /// What is printed for some rows.
    pub(crate) fn add(&mut self, rows: &[Value]) -> String {
        let cells = |one: &Value| self.columns.iter().map(|name| (self.cell)(one, name)).collect::<Vec<_>>();
        match self.output {
            Output::Json => rows.iter().map(|one| json_line(&self.members(one))).collect(),
            Output::Csv => rows.iter().map(|one| row(cells(one).iter().map(String::as_str))).collect(),
            Output::Table => {
                let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
                self.rows.extend(rows);
                String::new()
            }
        }
    }

    /// What is printed after the rows.
    pub(crate) fn end(self) -> String {
        let columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        if self.output == Output::Table { table(&columns, self.rows) } else { String::new() }
    }

    /// A whole list as text.
    pub(crate) fn whole(mut self, rows: &[Value]) -> String {
        let begin = self.begin();
        begin + &self.add(rows) + &self.end()
    }

    fn members(&self, row: &Value) -> Value {
        match row.as_object() {
            Some(all) if self.chosen => {
                let member = |name: &String| Some((name.clone(), all.get(name)?.clone()));
                Value::Object(self.columns.iter().filter_map(member).collect::<Map<_, _>>())
            }
            _ => row.clone(),
        }
    }
}

/// A value as a cell: empty for null, several values joined by commas.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn printed(output: Output, columns: &[&str]) -> String {
        let columns = Columns { columns: columns.iter().map(|name| (*name).to_owned()).collect() };
        let rows = [json!({"id": "x", "mails": ["a@b.example", "c@d.example"]}), json!({"id": "=y", "mails": null})];
        Listing::new(output, &["id", "mails"]).choosing(&columns, &["other"]).unwrap().whole(&rows)
    }

    #[test]
    fn a_list_is_for_people_or_for_programs() {
        assert_eq!(printed(Output::Table, &[]), "id  mails\nx   a@b.example, c@d.example\n=y\n");
        assert_eq!(printed(Output::Csv, &[]), "id,mails\nx,\"a@b.example, c@d.example\"\n'=y,\n");
        assert_eq!(
            printed(Output::Json, &[]),
            "{\"id\":\"x\",\"mails\":[\"a@b.example\",\"c@d.example\"]}\n{\"id\":\"=y\",\"mails\":null}\n"
        );
    }

    #[test]
    fn columns_are_chosen() {
        assert_eq!(printed(Output::Table, &["id"]), "id\nx\n=y\n");
        assert_eq!(printed(Output::Csv, &["MAILS", "Other"]), "mails,other\n\"a@b.example, c@d.example\",\n,\n");
        assert_eq!(printed(Output::Json, &["ID"]), "{\"id\":\"x\"}\n{\"id\":\"=y\"}\n");
        let unknown = Columns { columns: vec!["mial".to_owned()] };
        let refused = Listing::new(Output::Csv, &["id"]).choosing(&unknown, &["other"]).err().unwrap();
        assert_eq!(refused.to_string(), "--columns: the columns are id, other");
    }
}
