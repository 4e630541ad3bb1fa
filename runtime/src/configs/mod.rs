//! The configuration of the pallets, one file per theme.

pub mod accounts;
pub mod assets;
pub mod consensus;
pub mod governance;
pub mod guerdon;
pub mod system;
