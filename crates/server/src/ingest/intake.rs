//! Gathers the events of one request: what passes into the batch, what does not
//! into the rejections.

use std::collections::HashSet;

use exchequer_core::OrganizationId;
use exchequer_ledger::{NewEvent, RequestBuilder};

use super::canonical::Canonicalizer;
use super::door::{Door, Refusal};
use super::event::{self, Attributes};
use super::{BodyError, MAX_EVENTS, Parsed, Rejection};

/// A request in the middle of being read.
pub(super) struct Intake<'d, 'j> {
    /// The attributes of the event at hand.
    pub(super) attributes: Attributes<'j>,
    door: &'d Door<'d>,
    /// Where the body begins in memory, to tell where in it an id stands.
    body: usize,
    canonicalizer: Canonicalizer,
    data: String,
    /// Organisations that events have been let in for.
    known: HashSet<OrganizationId>,
    last: Option<OrganizationId>,
    parsed: Parsed,
}

impl<'d, 'j> Intake<'d, 'j> {
    pub(super) fn new(body: &'j [u8], door: &'d Door<'d>) -> Self {
        Self {
            attributes: Attributes::default(),
            door,
            body: body.as_ptr().addr(),
            canonicalizer: Canonicalizer::default(),
            data: String::new(),
            known: HashSet::new(),
            last: None,
            parsed: Parsed {
                builder: RequestBuilder::new(door.partitions),
                ..Parsed::default()
            },
        }
    }

    /// Makes sure that there is room for one more event.
    pub(super) fn check_room(&self) -> Result<(), BodyError> {
        if self.parsed.events < MAX_EVENTS {
            Ok(())
        } else {
            Err(BodyError::TooManyEvents { limit: MAX_EVENTS })
        }
    }

    /// Takes or refuses the event whose attributes have been gathered.
    pub(super) fn take(&mut self) {
        if let Err(refusal) = self.admit() {
            let id = self.attributes.readable_id();
            self.reject(refusal, id);
        } else {
            self.parsed.events += 1;
        }
    }

    /// Refuses an event that has no attributes to speak of.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.reject(refusal, None);
    }

    pub(super) fn finish(self) -> Parsed {
        self.parsed
    }

    fn reject(&mut self, refusal: Refusal, id: Option<String>) {
        self.parsed.rejected.push(Rejection {
            index: self.parsed.events,
            id,
            code: refusal.code,
            message: refusal.message,
        });
        self.parsed.events += 1;
    }

    fn admit(&mut self) -> Result<(), Refusal> {
        let event = event::admit(
            &mut self.attributes,
            self.door,
            &mut self.canonicalizer,
            &mut self.data,
        )?;
        let organization = event.organization.unwrap_or(self.door.home);
        self.check_organization(organization)?;
        let id = self.place(self.attributes.id.unwrap_or_default());
        let parsed = &mut self.parsed;
        parsed.indices.push(parsed.events);
        parsed.unmetered.push(!event.metered);
        parsed.ids.0.push(id);
        parsed.builder.push(
            organization,
            NewEvent {
                source: &event.source,
                id: &event.id,
                kind: &event.kind,
                subject: &event.subject,
                time: event.time,
                data: &self.data,
                voids: &event.voids,
            },
        );
        Ok(())
    }

    /// Asks the door once for each organisation, not for each event.
    fn check_organization(&mut self, organization: OrganizationId) -> Result<(), Refusal> {
        if self.last == Some(organization) {
            return Ok(());
        }
        if !self.known.contains(&organization) {
            self.door.check_organization(organization)?;
            self.known.insert(organization);
        }
        self.last = Some(organization);
        Ok(())
    }

    /// Offset and length of a stretch of the body. Both fit: the body is bounded.
    fn place(&self, raw: &str) -> (u32, u32) {
        let offset = raw.as_ptr().addr().saturating_sub(self.body);
        (offset as u32, raw.len() as u32)
    }
}
