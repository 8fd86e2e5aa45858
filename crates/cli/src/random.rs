//! The one place of this program that draws randomness.

/// Fills an array with random bytes of the operating system.
#[expect(
    clippy::disallowed_methods,
    reason = "the edge where randomness enters; everything below takes it as an argument"
)]
pub(crate) fn bytes<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        anyhow::anyhow!("the operating system provided no random bytes: {error}")
    })?;
    Ok(bytes)
}
