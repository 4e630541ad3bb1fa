//! Rust client library for Guerdon: one typed call per thing a person does.

pub mod amount;
pub mod blobs;
pub mod chain;
pub mod describe;
pub mod disk;
pub mod engine;
pub mod gated;
pub mod keys;
pub mod members;
pub mod roles;
pub mod serve;
