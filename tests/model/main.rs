//! What the service says, against an independent model of it (`oracle`), over random playbooks and streams: one binary, for the model takes a
//! while to compile.

#[path = "../asyncapi/mod.rs"]
mod asyncapi;
mod edited_playbook;
mod explain;
mod foresight;
mod oracle;
mod portfolio;
mod properties;
mod properties_whole;
mod replay_shards;
mod restarts;
mod schemas;
mod seeds;
#[path = "../story/mod.rs"]
mod story;
#[path = "../told_facts/mod.rs"]
mod told_facts;
mod view;
