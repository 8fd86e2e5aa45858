//! The values that are bound to the parameters of a statement.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

/// A parameter. An absent one has a type as well, which PostgreSQL asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    /// A number, an instant, a day or a flag.
    Integer(Option<i64>),
    /// Text.
    Text(Option<&'a str>),
    /// Bytes.
    Blob(Option<&'a [u8]>),
    /// Many numbers, for PostgreSQL alone.
    Integers(&'a [i64]),
    /// Many times bytes, for PostgreSQL alone.
    Blobs(&'a [&'a [u8]]),
    /// Many texts, for PostgreSQL alone.
    Texts(&'a [&'a str]),
}

impl<'a> Value<'a> {
    /// Returns the value of a number of a row.
    pub(crate) fn number(number: impl TryInto<i64>) -> Self {
        // A number beyond 63 bits becomes NULL, which no key matches and no column of
        // numbers accepts. Seqs and the like are far below that.
        Self::Integer(number.try_into().ok())
    }

    /// Returns the value of a text of a row.
    pub(crate) fn text(text: &'a str) -> Self {
        Self::Text(Some(text))
    }

    /// Bytes of a row.
    pub(crate) fn blob(bytes: &'a [u8]) -> Self {
        Self::Blob(Some(bytes))
    }
}

/// A value that can be bound.
pub(crate) trait Bind {
    /// The absence of it.
    const ABSENT: Value<'static>;

    /// Returns the value as a parameter.
    fn value(&self) -> Value<'_>;
}

macro_rules! integers {
    ($($number:ty),*) => {$(
        impl Bind for $number {
            const ABSENT: Value<'static> = Value::Integer(None);

            fn value(&self) -> Value<'_> {
                Value::Integer(Some(i64::from(*self)))
            }
        }
    )*};
}

integers!(bool, u8, u32, i32, i64);

/// Its 64 bits as a signed number: seqs and the like are far below the middle,
/// hashes are compared in memory.
impl Bind for u64 {
    const ABSENT: Value<'static> = Value::Integer(None);

    fn value(&self) -> Value<'_> {
        Value::Integer(Some(*self as i64))
    }
}

impl Bind for str {
    const ABSENT: Value<'static> = Value::Text(None);

    fn value(&self) -> Value<'_> {
        Value::Text(Some(self))
    }
}

impl Bind for String {
    const ABSENT: Value<'static> = Value::Text(None);

    fn value(&self) -> Value<'_> {
        Value::Text(Some(self))
    }
}

impl Bind for [u8] {
    const ABSENT: Value<'static> = Value::Blob(None);

    fn value(&self) -> Value<'_> {
        Value::Blob(Some(self))
    }
}

impl<const N: usize> Bind for [u8; N] {
    const ABSENT: Value<'static> = Value::Blob(None);

    fn value(&self) -> Value<'_> {
        Value::Blob(Some(self))
    }
}

impl Bind for Vec<u8> {
    const ABSENT: Value<'static> = Value::Blob(None);

    fn value(&self) -> Value<'_> {
        Value::Blob(Some(self))
    }
}

/// Binds an array: as many rows as there are numbers.
impl Bind for Vec<i64> {
    const ABSENT: Value<'static> = Value::Integers(&[]);

    fn value(&self) -> Value<'_> {
        Value::Integers(self)
    }
}

/// Binds an array: as many rows as there are values.
impl Bind for Vec<&[u8]> {
    const ABSENT: Value<'static> = Value::Blobs(&[]);

    fn value(&self) -> Value<'_> {
        Value::Blobs(self)
    }
}

/// Binds an array: as many rows as there are texts.
impl Bind for Vec<&str> {
    const ABSENT: Value<'static> = Value::Texts(&[]);

    fn value(&self) -> Value<'_> {
        Value::Texts(self)
    }
}

impl<T: Bind + ?Sized> Bind for &T {
    const ABSENT: Value<'static> = T::ABSENT;

    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

impl<T: Bind> Bind for Option<T> {
    const ABSENT: Value<'static> = T::ABSENT;

    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(T::ABSENT, Bind::value)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match *self {
            Self::Integer(Some(number)) => ValueRef::Integer(number),
            Self::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            Self::Blob(Some(bytes)) => ValueRef::Blob(bytes),
            Self::Integer(None) | Self::Text(None) | Self::Blob(None) => ValueRef::Null,
            Self::Integers(_) | Self::Blobs(_) | Self::Texts(_) => {
                let error = "SQLite has no arrays".into();
                return Err(rusqlite::Error::ToSqlConversionFailure(error));
            }
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

/// Binds values to `$1`, `$2`, …
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::sql::Bind::value(&$value)),*]
    };
}

/// A statement on rows of shared tables that the transaction rests on: others
/// may not change them until it ends. A single writer needs no lock.
macro_rules! held {
    ($tx:expr, $statement:literal, $lock:literal) => {
        match $tx.is_shared() {
            true => concat!($statement, " ", $lock),
            false => $statement,
        }
    };
}

pub(crate) use {held, params};
