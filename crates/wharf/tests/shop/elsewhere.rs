//! The same tests with PostgreSQL as the warehouse: where `WHARF_TEST_POSTGRES` is the address of a server, every project of a
//! test has a schema of its own there. `scripts/test.sh` runs the tests of answers once more that way.

use std::path::Path;
use std::process::Command;

/// Lets a command's project, which lies in a temporary folder, have its tables there.
pub fn place(command: &mut Command, project: &Path) {
    if let Some(url) = server() {
        command.env("WHARF_WAREHOUSE_URL", url).env("WHARF_WAREHOUSE_SCHEMA", schema(project));
    }
}

/// Whether tables are in a database: tests of the lake's own files have nothing to look at then.
pub fn is_database() -> bool {
    server().is_some()
}

fn server() -> Option<String> {
    std::env::var("WHARF_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

/// The folder's name, which is random and whose letters may differ in case alone.
fn schema(project: &Path) -> String {
    let bytes = project.as_os_str().as_encoded_bytes();
    let sum = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    format!("t_{sum:016x}")
}
