//! Wallets of contracts as documents.

use exchequer_core::contract::WalletChange;
use exchequer_types::catalog::ContractWallet;

use super::amounts::{optional, price, quantity};
use super::named;
use crate::documents::invalid::DocumentResult;

pub(super) fn parse_all(said: &[ContractWallet]) -> DocumentResult<Vec<WalletChange>> {
    said.iter().map(parse).collect()
}

fn parse(said: &ContractWallet) -> DocumentResult<WalletChange> {
    // Whatever is wrong with a wallet, the message says with which.
    parse_wallet(said).map_err(|invalid| invalid.within(format_args!("wallets: {}", said.product)))
}

fn parse_wallet(said: &ContractWallet) -> DocumentResult<WalletChange> {
    Ok(WalletChange {
        product: said.product.clone(),
        term: optional(said.term.as_ref(), |text| named("term", text))?,
        quantity: optional(said.quantity.as_ref(), |text| quantity("quantity", text))?,
        price: optional(said.price.as_ref(), |text| price("price", text))?,
    })
}
