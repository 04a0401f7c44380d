//! CSV, RFC 4180, UTF-8, lines ended by a line feed; made safe for spreadsheets, which run cells that look like formulas.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema};

use super::RowWriter;
use super::cell::Cells;
use super::sheet::is_number;
use crate::failure::{Failure, Result};

pub struct CsvWriter {
    out: Box<dyn Write + Send>,
    /// Put a ' before text that a spreadsheet would run.
    tame: bool,
    numbers: Vec<bool>,
}

impl CsvWriter {
    pub fn new(schema: &Schema, mut out: Box<dyn Write + Send>, tame: bool) -> Result<CsvWriter> {
        let numbers = schema.fields().iter().map(|field| never_runs(field.data_type())).collect();
        let names: Vec<String> = schema.fields().iter().map(|field| text_cell(field.name(), tame)).collect();
        writeln!(out, "{}", names.join(",")).map_err(Failure::of_output)?;
        Ok(CsvWriter { out, tame, numbers })
    }
}

impl RowWriter for CsvWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let cells = Cells::new(batch)?;
        let mut line = String::new();
        for row in 0..batch.num_rows() {
            line.clear();
            for column in 0..batch.num_columns() {
                if column > 0 {
                    line.push(',');
                }
                if let Some(text) = cells.text(column, row) {
                    let is_number = self.numbers.get(column).copied().unwrap_or(false);
                    line.push_str(&if is_number { text } else { text_cell(&text, self.tame) });
                }
            }
            line.push('\n');
            self.out.write_all(line.as_bytes()).map_err(Failure::of_output)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.out.flush().map_err(Failure::of_output)
    }
}

fn never_runs(kind: &DataType) -> bool {
    is_number(kind) || matches!(kind, DataType::Boolean | DataType::Date32 | DataType::Timestamp(_, _))
}

fn text_cell(text: &str, tame: bool) -> String {
    // A text that has such a mark of its own gets one more, so that taking one away gives each back as it was.
    let bare = text.trim_start_matches('\'');
    let runs = tame && bare.starts_with(['=', '+', '-', '@', '\t', '\r']) && !looks_like_a_number(text);
    let quoted = text.is_empty() || text.contains([',', '"', '\n', '\r']);
    let mark = if runs { "'" } else { "" };
    if quoted { format!("\"{mark}{}\"", text.replace('"', "\"\"")) } else { format!("{mark}{text}") }
}

fn looks_like_a_number(text: &str) -> bool {
    // "inf" and "nan" parse as numbers, and spreadsheets know neither.
    text.parse::<f64>().is_ok_and(f64::is_finite) && text.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_a_spreadsheet_would_run() {
        assert_eq!(text_cell("=1+1", true), "'=1+1");
        assert_eq!(text_cell("=1+1", false), "=1+1");
        assert_eq!(text_cell("@SUM(A1)", true), "'@SUM(A1)");
        assert_eq!(text_cell("-12.50", true), "-12.50");
        assert_eq!(text_cell("-inf", true), "'-inf");
        assert_eq!(text_cell("+44 20,5", true), "\"'+44 20,5\"");
    }

    #[test]
    fn quotes_only_where_needed() {
        assert_eq!(text_cell("RED, \"BIG\"", true), "\"RED, \"\"BIG\"\"\"");
        assert_eq!(text_cell("plain text", true), "plain text");
        // An empty text is not a null.
        assert_eq!(text_cell("", true), "\"\"");
    }
}
