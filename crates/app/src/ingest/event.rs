//! One CloudEvent: its attributes as they stand in the body, and the checks that
//! make a ledger event of them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exchequer_core::{Instant, MeterSet, OrganizationId, Unreadable};
use exchequer_ledger::top_level_field;
use serde_json::value::RawValue;

use super::canonical::{Canonicalizer, DATA};
use super::context::IngestContext;
use super::refusal::{Refusal, shorten};
use super::{text, values};
use crate::limits::{MAX_EXTENSIONS, MAX_NAME, MAX_TYPE};

/// The attributes of one event, as raw JSON text. Reused from event to event.
#[derive(Debug, Default)]
pub(super) struct Attributes<'j> {
    pub(super) id: Option<&'j str>,
    specversion: Option<&'j str>,
    source: Option<&'j str>,
    kind: Option<&'j str>,
    subject: Option<&'j str>,
    time: Option<&'j str>,
    organization: Option<&'j str>,
    data: Option<&'j str>,
    data_base64: Option<&'j str>,
    voids: Option<&'j str>,
    others: Vec<Cow<'j, str>>,
    flaw: Option<Refusal>,
}

impl<'j> Attributes<'j> {
    /// Forgets the last event.
    pub(super) fn clear(&mut self) {
        let mut others = std::mem::take(&mut self.others);
        others.clear();
        *self = Self {
            others,
            ..Self::default()
        };
    }

    /// Keeps one attribute: its name in quotes and its value, both raw.
    pub(super) fn set(&mut self, raw_name: &'j str, value: &'j str) {
        let Some(name) = text::decode(raw_name) else {
            self.flaw = Some(Refusal::property(
                "an attribute's name holds half of a surrogate pair",
            ));
            return;
        };
        let slot = match &*name {
            "id" => &mut self.id,
            "specversion" => &mut self.specversion,
            "source" => &mut self.source,
            "type" => &mut self.kind,
            "subject" => &mut self.subject,
            "time" => &mut self.time,
            "organization" => &mut self.organization,
            "data" => &mut self.data,
            "data_base64" => &mut self.data_base64,
            "voids" => &mut self.voids,
            _ if self.others.len() < MAX_EXTENSIONS => return self.others.push(name),
            _ => {
                self.flaw = Some(Refusal::constraint(format!(
                    "the event must have at most {MAX_EXTENSIONS} extension attributes"
                )));
                return;
            }
        };
        if slot.replace(value).is_some() {
            self.flaw = Some(twice(&name));
        }
    }

    /// Returns the event's id, if it is fit to be repeated in an answer.
    pub(super) fn readable_id(&self) -> Option<String> {
        values::read_text("id", self.id, MAX_NAME)
            .ok()
            .map(Cow::into_owned)
    }

    /// Checks what concerns the attributes as a whole.
    fn check_names(&mut self) -> Result<(), Refusal> {
        self.others.sort_unstable();
        if let Some(pair) = self.others.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(twice(&pair[0]));
        }
        if let Some(flaw) = self.flaw.take() {
            return Err(flaw);
        }
        if present(self.data_base64).is_some() && present(self.data).is_some() {
            return Err(
                Refusal::property("the event must not hold both data and data_base64")
                    .at("data_base64"),
            );
        }
        Ok(())
    }
}

fn twice(name: &str) -> Refusal {
    Refusal::property(format!("the event holds {} twice", shorten(name)))
}

/// Treats an attribute that is `null` as unset.
fn present(raw: Option<&str>) -> Option<&str> {
    raw.filter(|raw| *raw != "null")
}

/// An event that passed, all but its organisation and its data.
pub(super) struct ValidEvent<'j> {
    pub(super) id: Cow<'j, str>,
    pub(super) source: Cow<'j, str>,
    pub(super) kind: Cow<'j, str>,
    pub(super) subject: Cow<'j, str>,
    pub(super) time: Instant,
    /// Id of the event that this one voids, empty if it voids none.
    pub(super) voids: Cow<'j, str>,
    /// The organisation that the event names; the caller knows which are allowed.
    pub(super) organization: Option<OrganizationId>,
    /// True if a meter listens. A void need not have any: it then only takes
    /// an event back.
    pub(super) metered: bool,
    /// True if a meter listens that cannot read it and leaves it out.
    pub(super) skipped: bool,
    /// The reason for which it is not to be kept, unless it is kept already: a meter
    /// cannot read it.
    pub(super) unreadable: Option<Refusal>,
}

/// Validates one event. Its canonical data is left in `data`, empty when absent.
pub(super) fn validate<'j>(
    attributes: &mut Attributes<'j>,
    context: &IngestContext<'_>,
    canonicalizer: &mut Canonicalizer,
    data: &mut String,
) -> Result<ValidEvent<'j>, Refusal> {
    attributes.check_names()?;
    let version = values::read_string("specversion", present(attributes.specversion))?;
    if version != "1.0" {
        return Err(Refusal::value("specversion must be \"1.0\"").at("specversion"));
    }
    let id = values::read_text("id", present(attributes.id), MAX_NAME)?;
    let source = values::read_text("source", present(attributes.source), MAX_NAME)?;
    let kind = values::read_text("type", present(attributes.kind), MAX_TYPE)?;
    let subject = values::read_text("subject", present(attributes.subject), MAX_NAME)?;
    let time = values::read_time(present(attributes.time), context.now)?;
    let organization = present(attributes.organization)
        .map(read_organization)
        .transpose()?;
    let voids = read_voids(present(attributes.voids), &id)?;
    match present(attributes.data_base64) {
        None => read_data(present(attributes.data), canonicalizer, data)?,
        Some(raw) => read_base64(raw, canonicalizer, data)?,
    }
    let (heard, unreadable) = match check_quantities(context.meters, &kind, time, data) {
        Ok(heard) => (heard, None),
        Err(refusal) => (Heard::default(), Some(refusal)),
    };
    Ok(ValidEvent {
        id,
        source,
        kind,
        subject,
        time,
        organization,
        metered: heard.metered || !voids.is_empty(),
        skipped: heard.skipped,
        voids,
        unreadable,
    })
}

/// Reads which event, of the same source and time, this one voids.
fn read_voids<'j>(raw: Option<&'j str>, id: &str) -> Result<Cow<'j, str>, Refusal> {
    if raw.is_none() {
        return Ok(Cow::Borrowed(""));
    }
    let voids = values::read_text("voids", raw, MAX_NAME)?;
    if voids == id {
        return Err(Refusal::value("voids must be the id of another event").at("voids"));
    }
    Ok(voids)
}

fn read_organization(raw: &str) -> Result<OrganizationId, Refusal> {
    values::read_string("organization", Some(raw))?
        .parse()
        .map_err(|_| {
            Refusal::value("organization must be an organization's id, a UUID").at("organization")
        })
}

fn read_data(
    raw: Option<&str>,
    canonicalizer: &mut Canonicalizer,
    data: &mut String,
) -> Result<(), Refusal> {
    data.clear();
    let Some(raw) = raw else {
        return Ok(());
    };
    if !raw.starts_with('{') {
        return Err(Refusal::value("data must be a JSON object").at("data"));
    }
    canonicalizer.write(raw, DATA, data).map_err(Refusal::data)
}

/// Reads data that came as bytes: they must be the text of a JSON object, which is then
/// the event's data as if it had been sent as such.
fn read_base64(
    raw: &str,
    canonicalizer: &mut Canonicalizer,
    data: &mut String,
) -> Result<(), Refusal> {
    let no_object = || Refusal::value("data_base64 must hold a JSON object").at("data_base64");
    let base64 = values::read_string("data_base64", Some(raw))?;
    let bytes = STANDARD.decode(&*base64).map_err(|_| {
        Refusal::value("data_base64 must be Base64 (RFC 4648) with its padding").at("data_base64")
    })?;
    // The canonicalizer expects what a parser has accepted.
    let json: &RawValue = serde_json::from_slice(&bytes).map_err(|_| no_object())?;
    if !json.get().starts_with('{') {
        return Err(no_object());
    }
    read_data(Some(json.get()), canonicalizer, data)
}

/// The reading of an event by the meters.
#[derive(Default)]
struct Heard {
    /// True if one listens.
    metered: bool,
    /// True if one leaves it out.
    skipped: bool,
}

/// Reads the event as each meter of its type will. One that a meter cannot read would
/// be missing from a bill, so it is refused unless the meter says otherwise.
fn check_quantities(
    meters: &MeterSet,
    kind: &str,
    time: Instant,
    data: &str,
) -> Result<Heard, Refusal> {
    let mut heard = Heard::default();
    for (meter, version) in meters.listening(kind, time.day()) {
        heard.metered = true;
        let raw = version.field().and_then(|name| top_level_field(data, name));
        match version.read(raw) {
            Ok(_) => {}
            Err(_) if version.unreadable == Unreadable::Skip => heard.skipped = true,
            Err(error) => {
                let why = format!("{error} (meter {})", shorten(&meter.name));
                return Err(Refusal::value(why).at("data"));
            }
        }
    }
    Ok(heard)
}
