//! Objects: members in order of their names, each name once.

use std::cmp::Ordering;

use super::super::text;
use super::{Flaw, Pass};

/// One member of an object, as a stretch of the output: the name in quotes from
/// `start`, the value up to `end`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    start: usize,
    name_end: usize,
    end: usize,
}

impl Pass<'_> {
    pub(super) fn object(&mut self, depth: u32) -> Result<(), Flaw> {
        self.expect(b'{')?;
        self.put("{")?;
        self.blanks();
        if self.take(b'}') {
            return self.put("}");
        }
        let base = self.members.len();
        let mut sorted = true;
        loop {
            self.blanks();
            let member = self.member(depth)?;
            if let [.., last] = &self.members[base..] {
                sorted &= self.order(last, &member)? == Ordering::Less;
            }
            self.members.push(member);
            self.blanks();
            if self.take(b'}') {
                break;
            }
            self.expect(b',')?;
            self.put(",")?;
        }
        if !sorted {
            self.sort(base)?;
        }
        self.members.truncate(base);
        self.put("}")
    }

    fn member(&mut self, depth: u32) -> Result<Member, Flaw> {
        let start = self.out.len();
        self.string()?;
        let name_end = self.out.len();
        self.blanks();
        self.expect(b':')?;
        self.put(":")?;
        self.blanks();
        self.value(depth)?;
        Ok(Member {
            start,
            name_end,
            end: self.out.len(),
        })
    }

    /// How two members of an object are ordered; equal names are a flaw.
    fn order(&self, a: &Member, b: &Member) -> Result<Ordering, Flaw> {
        let name = |member: &Member| &self.out[member.start..member.name_end];
        match compare(name(a), name(b)) {
            Ordering::Equal => Err(Flaw::TwiceNamed(name(a).to_owned())),
            order => Ok(order),
        }
    }

    /// Puts the members from `base` on, which end the output, into order.
    fn sort(&mut self, base: usize) -> Result<(), Flaw> {
        let start = self.members[base].start;
        let out = &*self.out;
        self.members[base..]
            .sort_unstable_by(|a, b| compare(&out[a.start..a.name_end], &out[b.start..b.name_end]));
        for pair in self.members[base..].windows(2) {
            self.order(&pair[0], &pair[1])?;
        }
        self.spare.clear();
        self.spare.push_str(&self.out[start..]);
        self.out.truncate(start);
        for (n, member) in self.members[base..].iter().enumerate() {
            if n > 0 {
                self.out.push(',');
            }
            self.out
                .push_str(&self.spare[member.start - start..member.end - start]);
        }
        Ok(())
    }
}

/// Orders two names, in quotes and canonically escaped, by code points.
fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (&a[1..a.len() - 1], &b[1..b.len() - 1]);
    if a.contains('\\') || b.contains('\\') {
        text::characters(a).cmp(text::characters(b))
    } else {
        a.cmp(b)
    }
}
