//! Just enough 256-bit arithmetic for one product and one division.

/// An unsigned 256-bit integer: four 64-bit limbs, the lowest first.
pub(super) type Wide = [u64; 4];

const LIMB_BITS: u32 = u64::BITS;

const fn low(value: u128) -> u64 {
    value as u64
}

const fn high(value: u128) -> u64 {
    (value >> LIMB_BITS) as u64
}

/// The exact product.
pub(super) fn multiply(a: u128, b: u128) -> Wide {
    let mut product: Wide = [0; 4];
    for (i, x) in [low(a), high(a)].into_iter().enumerate() {
        let mut carry = 0;
        for (j, y) in [low(b), high(b)].into_iter().enumerate() {
            // (2^64 - 1)^2 + 2 (2^64 - 1) is the largest u128: no overflow.
            let sum =
                u128::from(x) * u128::from(y) + u128::from(product[i + j]) + u128::from(carry);
            product[i + j] = low(sum);
            carry = high(sum);
        }
        product[i + 2] = carry;
    }
    product
}

/// The quotient by 10^`zeros` (1 to 36), rounded to the nearest integer,
/// halves up; `None` where it does not fit.
pub(super) fn divide_rounded(dividend: Wide, zeros: u32) -> Option<u128> {
    // Two divisors of one limb each make one long one: 10^zeros = a × b.
    let a = 10u64.pow(zeros / 2);
    let b = 10u64.pow(zeros - zeros / 2);
    let (quotient, rest_a) = divide_short(dividend, a);
    let (quotient, rest_b) = divide_short(quotient, b);
    let rest = u128::from(rest_b) * u128::from(a) + u128::from(rest_a);
    let divisor = u128::from(a) * u128::from(b);
    let [q0, q1, 0, 0] = quotient else {
        return None;
    };
    let floor = u128::from(q1) << LIMB_BITS | u128::from(q0);
    // Not `2 × rest >= divisor`, so that the sum cannot overflow.
    let up = rest >= divisor - rest;
    floor.checked_add(u128::from(up))
}

/// Schoolbook division by one limb: quotient and remainder.
fn divide_short(dividend: Wide, divisor: u64) -> (Wide, u64) {
    let mut quotient: Wide = [0; 4];
    let mut rest = 0;
    for place in (0..4).rev() {
        let part = u128::from(rest) << LIMB_BITS | u128::from(dividend[place]);
        quotient[place] = low(part / u128::from(divisor));
        rest = low(part % u128::from(divisor));
    }
    (quotient, rest)
}
