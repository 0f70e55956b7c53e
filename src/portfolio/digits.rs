//! Long lists of small integers as text: each in the digits of Base64 (RFC 4648), five bits a digit, the lowest first, with 32 added to all but
//! its last. It is the variable-length quantity of source maps (ECMA-426) without a sign.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BITS: u32 = 5;
const MORE: u64 = 1 << BITS;

pub fn written(numbers: impl Iterator<Item = u64>) -> String {
    let mut text = String::new();
    for mut number in numbers {
        loop {
            let (low, rest) = (number % MORE, number >> BITS);
            text.push(char::from(DIGITS[(low | if rest > 0 { MORE } else { 0 }) as usize]));
            if rest == 0 {
                break;
            }
            number = rest;
        }
    }
    text
}

/// What is no such text ends it.
pub fn read(text: &str) -> impl Iterator<Item = u64> + '_ {
    let mut digits = text.bytes().map_while(|byte| DIGITS.iter().position(|digit| *digit == byte).map(|digit| digit as u64));
    std::iter::from_fn(move || {
        let (mut number, mut shift) = (0u64, 0);
        loop {
            let digit = digits.next()?;
            number |= (digit % MORE).checked_shl(shift)?;
            if digit < MORE {
                return Some(number);
            }
            shift += BITS;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 31, 32, 33, 1023, 1024, 1_000_000, u64::from(u32::MAX), u64::MAX];
        let text = written(numbers.into_iter());
        assert_eq!(read(&text).collect::<Vec<_>>(), numbers);
        assert_eq!(written([0, 1, 31, 32, 16 + 32].into_iter()), "ABfgBwB");
        assert_eq!(read("AB!C").collect::<Vec<_>>(), [0, 1]);
        // Cut off within a number.
        assert_eq!(read("Bg").collect::<Vec<_>>(), [1]);
        assert_eq!(read("").count(), 0);
    }
}
