//! The dependencies, held against deny.toml: licences, sources, versions. cargo-deny checks the same and more where it is
//! installed; this needs nothing but cargo.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The packages of Cargo.lock with their manifests.
fn packages() -> Vec<Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--all-features", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo runs, since it runs this test");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    metadata["packages"].as_array().expect("a list of packages").clone()
}

/// The licences that deny.toml allows.
fn allowed() -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml is there");
    let (_, rest) = text.split_once("\nallow = [\n").expect("deny.toml has a list of allowed licences");
    let (list, _) = rest.split_once("\n]").expect("the list ends");
    list.lines().map(|line| line.trim().trim_matches([',', '"']).to_owned()).collect()
}

/// Whether an SPDX expression can be met with the allowed licences. `/` is what `OR` was before SPDX expressions.
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let expression = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = expression.split_whitespace().peekable();
    let met = any(&mut words, allowed);
    met && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut met = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        // Evaluated in any case: the words have to be taken.
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    match words.next() {
        Some("(") => {
            let met = any(words, allowed);
            met && words.next() == Some(")")
        }
        Some(licence) => {
            let licence = match words.next_if_eq(&"WITH") {
                Some(_) => format!("{licence} WITH {}", words.next().unwrap_or_default()),
                None => licence.to_owned(),
            };
            allowed.contains(&licence)
        }
        None => false,
    }
}

#[test]
fn licences_are_allowed() {
    let allowed = allowed();
    assert!(allowed.contains("MIT"), "{allowed:?}");
    for package in packages() {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_met(licence, &allowed), "{} {}: licence {licence:?} is not allowed by deny.toml", package["name"], package["version"]);
    }
}

#[test]
fn every_package_comes_from_crates_io() {
    for package in packages() {
        let source = package["source"].as_str();
        let own = package["name"] == env!("CARGO_PKG_NAME");
        let from_crates_io = source == Some("registry+https://github.com/rust-lang/crates.io-index");
        assert!(own || from_crates_io, "{}: from {source:?}", package["name"]);
    }
}

#[test]
fn no_dependency_takes_whatever_is_newest() {
    let own = packages().into_iter().find(|package| package["name"] == env!("CARGO_PKG_NAME")).expect("this package is one of them");
    for dependency in own["dependencies"].as_array().expect("a list of dependencies") {
        assert_ne!(dependency["req"], "*", "{}", dependency["name"]);
    }
}

#[test]
fn expressions_are_understood() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "BSD-3-Clause".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()]);
    let table = [
        ("MIT", true),
        ("MIT/Apache-2.0", true),
        ("Apache-2.0 / MIT", true),
        ("Apache-2.0", false),
        ("Apache-2.0 WITH LLVM-exception OR Apache-2.0", true),
        ("(MIT OR Apache-2.0) AND BSD-3-Clause", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", false),
        ("BSD-3-Clause AND GPL-3.0 OR MIT", true),
        ("MIT AND (GPL-3.0 OR LGPL-3.0)", false),
        ("MIT GPL-3.0", false),
        ("", false),
    ];
    for (expression, met) in table {
        assert_eq!(is_met(expression, &allowed), met, "{expression}");
    }
}
