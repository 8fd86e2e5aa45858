//! Names: blocks that can be read, full but for the last, no name twice.
//! Names are not derived from anything, so there is nothing to compare.

use std::collections::HashSet;
use std::fmt::Display;

use exchequer_core::OrganizationId;

use super::check::Check;
use super::inventory::Inventory;
use crate::directory::decode_block;
use crate::limits::BLOCK_NAMES;

impl<I: Inventory> Check<'_, I>
where
    I::Error: Display,
{
    /// Returns the number of an organisation's subjects, if its blocks are sound.
    pub(super) fn subjects(&mut self, organization: OrganizationId) -> Option<u32> {
        let table = format!("subject {organization}");
        let found = self.rows.blocks(organization);
        let blocks = self.readable(&table, found)?;
        let last = blocks.last().map(|(block, _)| *block);
        let mut seen: HashSet<String> = HashSet::new();
        let (mut known, mut next, mut sound) = (0u32, 0u32, true);
        for (block, subjects) in blocks {
            let place = format!("{table}/{block}");
            if block != next {
                self.found(&place, format!("block {next} is missing before it"));
                sound = false;
            }
            next = block.wrapping_add(1);
            let full = subjects == BLOCK_NAMES || (Some(block) == last && subjects < BLOCK_NAMES);
            if !full || subjects == 0 {
                self.found(&place, format!("its row promises {subjects} names"));
                sound = false;
            }
            // More names than numbers is a finding of a row above.
            known = known.saturating_add(subjects);
            let found = self.rows.block(organization, block);
            let Some(blob) = self.readable(&place, found) else {
                continue;
            };
            let Some(names) = self.readable(&place, decode_block(&blob)) else {
                continue;
            };
            if names.len() != subjects as usize {
                let holds = names.len();
                self.found(
                    &place,
                    format!("it holds {holds} names, its row promises {subjects}"),
                );
            }
            for name in names.iter() {
                if !seen.insert(name.to_owned()) {
                    self.found(&place, format!("the name {name:?} stands twice"));
                }
            }
        }
        sound.then_some(known)
    }
}
