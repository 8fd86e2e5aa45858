//! Validates the events of one request: what passes goes into the batch, what
//! does not into the rejections.

use std::collections::HashSet;

use exchequer_core::OrganizationId;
use exchequer_ledger::{NewEvent, RequestBuilder};

use super::canonical::Canonicalizer;
use super::context::IngestContext;
use super::event::{self, Attributes};
use super::parsed::{BodyError, Parsed, Rejection};
use super::refusal::Refusal;
use crate::limits::MAX_EVENTS;

/// A request in the middle of being read.
pub(super) struct Validator<'d, 'j> {
    /// The attributes of the event that is being validated.
    pub(super) attributes: Attributes<'j>,
    context: &'d IngestContext<'d>,
    /// The address of the body, from which the place of an id within it is found.
    body: usize,
    canonicalizer: Canonicalizer,
    data: String,
    /// Organisations that events have passed for.
    known: HashSet<OrganizationId>,
    last: Option<OrganizationId>,
    /// The source that the client may send under, of the event that passed last.
    source: String,
    parsed: Parsed,
}

impl<'d, 'j> Validator<'d, 'j> {
    pub(super) fn new(body: &'j [u8], context: &'d IngestContext<'d>) -> Self {
        let [builder, compared] = std::array::from_fn(|_| {
            let mut builder = RequestBuilder::new(context.partitions);
            builder.sent_by(context.sender.client);
            builder
        });
        Self {
            attributes: Attributes::default(),
            context,
            body: body.as_ptr().addr(),
            canonicalizer: Canonicalizer::default(),
            data: String::new(),
            known: HashSet::new(),
            last: None,
            source: String::new(),
            parsed: Parsed {
                builder,
                compared,
                ..Parsed::default()
            },
        }
    }

    /// Checks that the request may hold one more event.
    pub(super) fn check_count(&self) -> Result<(), BodyError> {
        if self.parsed.events < MAX_EVENTS {
            Ok(())
        } else {
            Err(BodyError::TooManyEvents { limit: MAX_EVENTS })
        }
    }

    /// Takes or rejects the event whose attributes have been gathered.
    pub(super) fn settle(&mut self) {
        if let Err(refusal) = self.validate() {
            let id = self.attributes.readable_id();
            self.reject(refusal, id);
        } else {
            self.parsed.events += 1;
        }
    }

    /// Rejects an event that has no attributes to speak of.
    pub(super) fn reject_whole(&mut self, refusal: Refusal) {
        self.reject(refusal, None);
    }

    /// Notes that the request is one event and no list of events.
    pub(super) fn found_alone(&mut self) {
        self.parsed.alone = true;
    }

    pub(super) fn finish(self) -> Parsed {
        self.parsed
    }

    fn reject(&mut self, refusal: Refusal, id: Option<String>) {
        self.parsed.rejected.push(Rejection {
            index: self.parsed.events,
            id,
            field: refusal.field,
            code: refusal.code,
            message: refusal.message,
        });
        self.parsed.events += 1;
    }

    fn validate(&mut self) -> Result<(), Refusal> {
        let event = event::validate(
            &mut self.attributes,
            self.context,
            &mut self.canonicalizer,
            &mut self.data,
        )?;
        let organization = event.organization.unwrap_or(self.context.home);
        self.check_organization(organization)?;
        self.context.sender.check_kind(!event.voids.is_empty())?;
        self.check_source(&event.source)?;
        let new = NewEvent {
            source: &event.source,
            id: &event.id,
            kind: &event.kind,
            subject: &event.subject,
            time: event.time,
            data: &self.data,
            voids: &event.voids,
        };
        let parsed = &mut self.parsed;
        if let Some(refusal) = event.unreadable {
            parsed.compared.push(organization, new);
            parsed.compared_places.push(parsed.rejected.len());
            return Err(refusal);
        }
        parsed.builder.push(organization, new);
        parsed.indices.push(parsed.events);
        parsed.unmetered.push(!event.metered);
        parsed.skipped.push(event.skipped);
        let id = self.attributes.id.expect("a valid event has an id");
        let id = self.place(id);
        self.parsed.ids.push(id);
        Ok(())
    }

    /// Asks the context once for each organisation, not for each event.
    fn check_organization(&mut self, organization: OrganizationId) -> Result<(), Refusal> {
        if self.last == Some(organization) {
            return Ok(());
        }
        if !self.known.contains(&organization) {
            self.context.check_organization(organization)?;
            self.known.insert(organization);
        }
        self.last = Some(organization);
        Ok(())
    }

    /// Looks a source up once for a run of events that share it.
    fn check_source(&mut self, source: &str) -> Result<(), Refusal> {
        // No event has an empty source.
        if self.source != source {
            self.context.sender.check_source(source)?;
            source.clone_into(&mut self.source);
        }
        Ok(())
    }

    /// Returns the offset and length of a stretch of the body. Both fit: the body is bounded.
    fn place(&self, raw: &str) -> (u32, u32) {
        let offset = raw.as_ptr().addr() - self.body;
        (offset as u32, raw.len() as u32)
    }
}
