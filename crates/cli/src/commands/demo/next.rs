//! Blocks for a shell to try next, with the address and credentials of this
//! server.

use exchequer_core::Day;

use super::calendar::{ACME, FJORD};
use super::closing;
use super::server::DemoServer;
use super::world::World;

const BLOCKS: &str = include_str!("next.txt");

/// Returns the blocks, each complete on its own. The directory of the program
/// comes first in the path, so that they run this program.
pub(super) fn blocks(server: &DemoServer, world: &World, today: Day) -> anyhow::Result<String> {
    let program = std::env::current_exe()?;
    let directory = program.parent().unwrap_or(&program);
    let directory = quoted(&directory.to_string_lossy());
    // The last complete period has a report that no longer changes.
    let last = ACME.current() - 1;
    let [from, to] = [last, last + 1].map(|number| ACME.period(number, today).to_string());
    let closed = FJORD.period(FJORD.current() - 1, today).to_string();
    let operator = &server.credentials;
    let url = &server.url;
    let (host, port) = url
        .trim_start_matches("http://")
        .rsplit_once(':')
        .unwrap_or((url, "80"));
    let filled = [
        ("{path}", &*directory),
        ("{url}", url),
        ("{host}", host),
        ("{port}", port),
        ("{operator}", &operator.client_id),
        ("{operator-secret}", &operator.client_secret),
        ("{partner}", world.partner.id),
        ("{partner-secret}", &world.partner.secret),
        ("{customer}", world.acme.id),
        ("{customer-secret}", &world.acme.secret),
        ("{organization}", ACME.organization),
        ("{from}", &from),
        ("{to}", &to),
        ("{adjusted}", FJORD.organization),
        ("{contract}", closing::CONTRACT),
        ("{closed}", &closed),
    ];
    let fill = |text: String, (name, value): (&str, &str)| text.replace(name, value);
    Ok(filled.into_iter().fold(BLOCKS.to_owned(), fill))
}

/// Returns text as one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    match text.bytes().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell() {
        assert_eq!(quoted("/opt/a_b-1.2/bin"), "/opt/a_b-1.2/bin");
        assert_eq!(quoted("/it's here"), r"'/it'\''s here'");
    }
}
