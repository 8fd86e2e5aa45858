//! Adjusting closed periods by what has come late.

use exchequer_core::rating::differences;
use exchequer_core::{Period, State, TimeRange, rate};
use exchequer_ledger::Seq;
use exchequer_store::billing::periods::ClosedPeriod;
use exchequer_store::{AsOf, Touched};
use jiff::civil::Date;

use super::Planner;
use super::entry::{Said, missing, stand};
use crate::closing::contract_at::contract_at;
use crate::closing::opening::read;
use crate::closing::record::{Record, RecordedState};
use crate::error::Error;

impl Planner<'_> {
    /// Rates closed periods again that late events may have changed, and those that follow
    /// from them.
    pub(super) fn adjust(&mut self) -> Result<(), Error> {
        let mut moved: Option<(State, Date)> = None;
        let closed = self.closed.iter().filter(|it| it.closed.is_some());
        let spans: Vec<TimeRange> = closed.map(|it| it.range).collect();
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
            return Ok(());
        };
        let span = TimeRange::new(first.start(), last.end()).expect("periods are in order");
        let touched = self.view.usage.touched(span)?;
        for at in 0..self.closed.len() {
            let closed = self.closed[at].clone();
            if closed.closed.is_none() {
                continue;
            }
            moved = self.adjust_one(at, &closed, moved, &touched)?;
        }
        Ok(())
    }

    /// Rates one closed period again if it is due, or opens otherwise than it did. Returns
    /// the state with which it closes, if that is another one now, and the period that is the
    /// cause.
    fn adjust_one(
        &mut self,
        at: usize,
        closed: &ClosedPeriod,
        moved: Option<(State, Date)>,
        touched: &Touched<'_>,
    ) -> Result<Option<(State, Date)>, Error> {
        let live = self.contract.calendar().period(closed.number);
        let until = live.map(|period| self.contract.adjusted_until(&period));
        let limit = match until {
            Some(until) if until <= self.now => self.view.usage.last_before(until)?,
            _ => self.revisions.seq,
        };
        // What has come since may touch it; rated as of its own mark, it stays as it is.
        let known = AsOf {
            seq: Seq::new(closed.mark),
            meters: closed.meters,
            ..self.revisions
        };
        let is_due = known.seq < limit && touched.is_above(closed.range, &known)?;
        if !is_due && moved.is_none() {
            return Ok(None);
        }
        let records = self.records(closed.number)?;
        let stands = stand(&records)?;
        let basis = records.iter().rev().find(|it| it.kind != "advance");
        let record = basis.ok_or_else(|| missing(closed.number))?;
        let basis = record.basis.clone();
        let contract = contract_at(self.view, &self.plan.chain.contract, &basis)?;
        let Some(period) = contract.calendar().period(closed.number) else {
            // A correction has dropped it: what was used is billed no more.
            return Ok(None);
        };
        let period = Period {
            range: closed.range,
            ..period
        };
        let as_of = AsOf {
            seq: limit.max(known.seq),
            meters: basis.meters,
            aliases: basis.aliases,
        };
        let mark = as_of.seq.number();
        let usage = self
            .view
            .usage_as_of(&contract.usage_ranges(&period), &as_of)?;
        let opening = match &moved {
            Some((state, _)) => state.clone(),
            None => self.opened(at, record)?,
        };
        let products = basis.products()?;
        let again = rate(&opening, &contract, &period, &products, &usage)?;
        let rows = differences(&stands, &again.bill.charges)?;
        let cause = moved.map_or(period.first, |(_, cause)| cause);
        let now = serde_json::to_string(&RecordedState::of(&again.closing))?;
        let other = closed.state.as_ref() != Some(&now);
        self.stand_at(at, mark, now);
        if !rows.is_empty() {
            let said = Said {
                kind: "adjustment",
                basis,
                opening: &opening,
                usage: Some(&usage),
                charges: &again.bill.charges,
                closing: Some(&again.closing),
                wallets: &again.bill.wallets,
                rows: &rows,
                follows: (cause != period.first).then_some(cause),
                reason: None,
            };
            self.add(&period, mark, said)?;
        }
        Ok(other.then_some((again.closing, cause)))
    }

    /// Returns the state with which a closed period opened.
    pub(super) fn opened(&self, at: usize, record: &Record) -> Result<State, Error> {
        let before = at.checked_sub(1).and_then(|before| self.closed.get(before));
        match before.and_then(|before| before.state.as_deref()) {
            Some(state) => Ok(read(state)?),
            None => Ok(record.opening.read()?),
        }
    }

    /// Notes that a closed period is rated up to a mark.
    fn stand_at(&mut self, at: usize, mark: u64, state: String) {
        let closed = &mut self.closed[at];
        closed.mark = mark;
        closed.state = Some(state);
        let closed = closed.clone();
        self.note(closed);
    }
}
