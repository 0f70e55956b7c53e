//! Signatures of Standard Webhooks: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

/// What secrets begin with.
const PREFIX: &str = "whsec_";
/// Bytes of a secret, as the specification has it.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that signs; no message shows it.
pub struct Secret(Vec<u8>);

/// The secrets of a file, one a line; empty lines and those that begin with `#` are left out.
///
/// # Errors
///
/// Which line is none.
pub fn secrets(text: &str) -> Result<Vec<Secret>, String> {
    let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let secrets = lines.map(|(number, line)| secret(line).map_err(|what| format!("line {}: {what}", number + 1)));
    let secrets: Vec<Secret> = secrets.collect::<Result<_, _>>()?;
    if secrets.is_empty() {
        return Err("there is no secret in it; expected whsec_… on a line".to_owned());
    }
    Ok(secrets)
}

fn secret(line: &str) -> Result<Secret, String> {
    let text = line.strip_prefix(PREFIX).ok_or("expected a secret that begins with whsec_")?;
    let bytes = STANDARD.decode(text).map_err(|_| "expected base64 after whsec_")?;
    if !BYTES.contains(&bytes.len()) {
        return Err(format!("the secret has {} bytes; expected {} to {}", bytes.len(), BYTES.start(), BYTES.end()));
    }
    Ok(Secret(bytes))
}

/// The value of `webhook-signature`: one signature for each secret, with blanks between.
///
/// # Errors
///
/// OpenSSL's, which has no HMAC to give.
pub fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> Result<String, ErrorStack> {
    let sign = |secret: &Secret| -> Result<String, ErrorStack> {
        let key = PKey::hmac(&secret.0)?;
        let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
        signer.update(format!("{id}.{timestamp}.").as_bytes())?;
        signer.update(body)?;
        Ok(format!("v1,{}", STANDARD.encode(signer.sign_to_vec()?)))
    };
    Ok(secrets.iter().map(sign).collect::<Result<Vec<_>, _>>()?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// Made by the Python package `standardwebhooks` 1.1.0 (tests/deliver/vectors.py, which makes them anew): secret, id, timestamp, body, signature.
    const VECTORS: &str = include_str!("../../tests/deliver/vectors.tsv");

    #[test]
    fn signatures_are_those_of_the_reference_implementation() {
        let mut compared = 0;
        for line in VECTORS.lines() {
            let [secret, id, timestamp, body, expected] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let secrets = secrets(secret).expect("a secret");
            let timestamp = timestamp.parse().expect("seconds");
            assert_eq!(signatures(&secrets, id, timestamp, body.as_bytes()).expect("OpenSSL signs"), expected, "{line}");
            compared += 1;
        }
        assert!(compared >= 5, "{compared} vectors");
    }

    #[test]
    fn each_secret_signs_while_one_is_rotated() {
        let old = format!("whsec_{}", STANDARD.encode([7; 64]));
        let both = secrets(&format!("# the new one\n{KNOWN}\n\n  {old}\n")).expect("two secrets");
        let alone = |text: &str| signatures(&secrets(text).expect("a secret"), "a", 1, b"{}").expect("OpenSSL signs");
        assert_eq!(signatures(&both, "a", 1, b"{}").expect("OpenSSL signs"), format!("{} {}", alone(KNOWN), alone(&old)));
        assert_ne!(alone(KNOWN), alone(&old));
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_shown() {
        for (text, part) in [
            ("", "no secret"),
            ("# whsec_x", "no secret"),
            ("hunter2", "line 1: expected a secret that begins with whsec_"),
            ("\nwhsec_hunter2!", "line 2: expected base64"),
            ("whsec_aHVudGVyMg==", "the secret has 7 bytes; expected 24 to 64"),
        ] {
            let error = secrets(text).err().unwrap_or_else(|| panic!("{text:?} is taken"));
            assert!(error.contains(part) && !error.contains("hunter2") && !error.contains("aHVud"), "{error}");
        }
    }
}
