use super::jwt::Jwt;
use super::*;

use openssl::base64;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sha::sha256;
use openssl::sign::Signer;
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;

fn encoded(bytes: &[u8], padded: bool) -> String {
    let text = base64::encode_block(bytes).replace('\n', "").replace('+', "-").replace('/', "_");
    if padded { text } else { text.trim_end_matches('=').to_owned() }
}

struct Issuer {
    rsa: PKey<Private>,
    ec: EcKey<Private>,
    folder: tempfile::TempDir,
}

impl Issuer {
    fn new() -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("P-256");
        let issuer = Self {
            rsa: PKey::from_rsa(Rsa::generate(2048).expect("a key")).expect("a key"),
            ec: EcKey::generate(&group).expect("a key"),
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        let rsa = issuer.rsa.rsa().expect("it is one");
        let (mut x, mut y) = (BigNum::new().expect("a number"), BigNum::new().expect("a number"));
        let mut context = BigNumContext::new().expect("room");
        issuer.ec.public_key().affine_coordinates(&group, &mut x, &mut y, &mut context).expect("a point of the curve");
        let number = |number: &openssl::bn::BigNumRef| encoded(&number.to_vec(), false);
        let set = json!({"keys": [
            {"kty": "RSA", "kid": "r1", "use": "sig", "n": number(rsa.n()), "e": number(rsa.e())},
            {"kty": "EC", "kid": "e1", "crv": "P-256", "x": number(&x), "y": number(&y)},
            {"kty": "OKP", "kid": "o1", "crv": "Ed25519", "x": "AA"},
            {"kty": "RSA", "kid": "enc", "use": "enc", "n": "AA", "e": "AA"},
        ]});
        std::fs::write(issuer.folder.path().join("jwks.json"), set.to_string()).expect("the folder is there");
        let pem = [issuer.rsa.public_key_to_pem().expect("PEM"), issuer.ec.public_key_to_pem().expect("PEM")].concat();
        std::fs::write(issuer.folder.path().join("keys.pem"), pem).expect("the folder is there");
        issuer
    }

    fn settings(&self, keys: &str) -> Settings {
        Settings {
            jwt_keys_location: Some(self.folder.path().join(keys)),
            jwt_issuer: Some("https://accounts.example".to_owned()),
            jwt_audience: Some("adoption".to_owned()),
            ..Settings::default()
        }
    }

    fn jwt(&self, settings: &Settings) -> Jwt {
        Jwt::new(settings).expect("good keys").expect("it is configured")
    }

    fn token(&self, header: &Value, claims: &Value, padded: bool) -> String {
        let part = |value: &Value| encoded(value.to_string().as_bytes(), padded);
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = match header["alg"].as_str() {
            Some("RS256") => {
                let mut signer = Signer::new(MessageDigest::sha256(), &self.rsa).expect("a signer");
                signer.sign_oneshot_to_vec(signed.as_bytes()).expect("a signature")
            }
            Some("ES256") => {
                let signature = EcdsaSig::sign(&sha256(signed.as_bytes()), &self.ec).expect("a signature");
                let number = |number: &openssl::bn::BigNumRef| number.to_vec_padded(32).expect("it has at most 32 bytes");
                [number(signature.r()), number(signature.s())].concat()
            }
            _ => Vec::new(),
        };
        format!("{signed}.{}", encoded(&signature, padded))
    }
}

fn claims() -> Value {
    json!({
        "iss": "https://accounts.example", "aud": ["other", "adoption"], "exp": NOW + 10, "sub": "u-1", "email": "amy@example.com",
        "scope": "openid read write",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[test]
fn a_good_token_says_who_asks_and_what_they_may() {
    let issuer = Issuer::new();
    for keys in ["jwks.json", "keys.pem"] {
        let jwt = issuer.jwt(&issuer.settings(keys));
        for header in [json!({"alg": "RS256", "kid": "r1"}), json!({"alg": "ES256", "kid": "e1"}), json!({"alg": "ES256"})] {
            let principal = jwt.principal(&issuer.token(&header, &claims(), false), NOW).expect("a good token");
            assert_eq!((&*principal.name, principal.by, principal.owner.as_deref()), ("u-1", By::Jwt, Some("amy@example.com")));
            assert_eq!(principal.scopes, [Scope::Read, Scope::Write].into_iter().collect::<Scopes>());
            assert!(principal.by_bearer);
        }
    }
    let settings = Settings {
        jwt_principal_claim: "email".to_owned(),
        jwt_owner_claim: "name".to_owned(),
        jwt_scope_claim: "groups".to_owned(),
        jwt_scopes: vec!["ops".to_owned()],
        jwt_header: "X-Goog-IAP-JWT-Assertion".to_owned(),
        ..issuer.settings("jwks.json")
    };
    let token = issuer.token(&json!({"alg": "RS256"}), &with("groups", json!(["all", "staff"])), false);
    let principal = issuer.jwt(&settings).principal(&token, NOW).expect("a good token");
    assert_eq!((&*principal.name, principal.owner, principal.by_bearer), ("amy@example.com", None, false));
    assert_eq!(principal.scopes, [Scope::All, Scope::Ops].into_iter().collect::<Scopes>());
}

#[test]
fn tokens_of_a_load_balancer_are_padded_and_name_their_signer() {
    let issuer = Issuer::new();
    let settings = Settings { jwt_audience: Some("arn:aws:lb/app".to_owned()), ..issuer.settings("keys.pem") };
    let jwt = issuer.jwt(&settings);
    let mut claims = claims();
    claims.as_object_mut().expect("an object").remove("aud");
    let header = |signer: &str| json!({"alg": "ES256", "kid": "any", "signer": signer});
    assert!(jwt.principal(&issuer.token(&header("arn:aws:lb/app"), &claims, true), NOW).is_ok());
    let other = jwt.principal(&issuer.token(&header("arn:aws:lb/other"), &claims, true), NOW);
    assert_eq!(other, Err("its `aud` is not api.jwt_audience".to_owned()));
}

#[test]
fn what_is_not_signed_by_a_key_or_not_meant_for_us_is_refused() {
    let issuer = Issuer::new();
    let jwt = issuer.jwt(&issuer.settings("jwks.json"));
    let rs = json!({"alg": "RS256", "kid": "r1"});
    let not_signed = "no key of api.jwt_keys_location has signed it";
    let good = issuer.token(&rs, &claims(), false);
    let [header, _, signature] = [0, 1, 2].map(|index| good.split('.').nth(index).expect("three parts").to_owned());
    let table = [
        (Issuer::new().token(&rs, &claims(), false), not_signed),
        (format!("{header}.{}.{signature}", encoded(with("sub", json!("u-2")).to_string().as_bytes(), false)), not_signed),
        (issuer.token(&json!({"alg": "none"}), &claims(), false), not_signed),
        (issuer.token(&json!({"alg": "HS256", "kid": "r1"}), &claims(), false), not_signed),
        (issuer.token(&json!({"alg": "ES256", "kid": "r1"}), &claims(), false), not_signed),
        (issuer.token(&rs, &with("iss", json!("https://accounts.example/")), false), "its `iss` is not api.jwt_issuer"),
        (issuer.token(&rs, &with("aud", json!("other")), false), "its `aud` is not api.jwt_audience"),
        (issuer.token(&rs, &with("exp", json!(NOW - 60)), false), "it has expired"),
        (issuer.token(&rs, &with("exp", Value::Null), false), "it has no `exp`"),
        (issuer.token(&rs, &with("nbf", json!(NOW + 61)), false), "it is not valid yet"),
        (issuer.token(&rs, &with("sub", json!("")), false), "it has no text as `sub`"),
        ("a.b.c".to_owned(), "its header is not what a token has"),
        ("ab".to_owned(), "expected three parts with dots between"),
        ("é.é.é".to_owned(), "its header is not base64"),
    ];
    for (token, why) in table {
        assert_eq!(jwt.principal(&token, NOW).map(drop), Err(why.to_owned()), "{token}");
    }
    assert!(jwt.principal(&issuer.token(&rs, &with("exp", json!(NOW - 59)), false), NOW).is_ok(), "clocks are not that exact");
}

#[test]
fn keys_that_are_none_are_refused_when_they_are_read() {
    let issuer = Issuer::new();
    let small = PKey::from_rsa(Rsa::generate(1024).expect("a key")).expect("a key").public_key_to_pem().expect("PEM");
    for (text, told) in [
        ("{}", "expected a JWK set"),
        (r#"{"keys": []}"#, "it holds no key for RS256 or ES256"),
        (r#"{"keys": [{"kty": "RSA", "kid": "r", "n": "!", "e": "AQAB"}]}"#, "the key \"r\" is not one"),
        (r#"{"keys": [{"kty": "EC", "kid": "e", "crv": "P-256", "x": "AQ", "y": "AQ"}]}"#, "the key \"e\" is not one"),
        ("-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----", "expected public keys in PEM"),
        (&*String::from_utf8_lossy(&small), "expected an RSA key of at least 2048 bits, found 1024"),
        ("", "it holds no key"),
    ] {
        std::fs::write(issuer.folder.path().join("bad"), text).expect("the folder is there");
        let error = Jwt::new(&issuer.settings("bad")).err().unwrap_or_else(|| panic!("{text} should be refused"));
        assert!(error.to_string().contains(told), "{error}");
    }
}
