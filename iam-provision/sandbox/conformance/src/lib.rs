//! What AWS documents of IAM and STS, point by point, as data, and a runner
//! that asks a server whether it behaves so.
//!
//! The list lies in `data/`: one TOML file per family of points. A point names
//! the page of AWS's documentation that states it, says it in one sentence,
//! and has steps: raw calls of the Query protocol, each with what must come
//! back. The same list runs against the sandbox in the process and, over HTTP,
//! against any server that speaks the protocol: [`Server`] is all that it needs.
//!
//! ```toml
//! [[point]]
//! id = "names-ignore-case"
//! page = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html"
//! says = "User names are unique without regard to case."
//! steps = [
//!   { do = "CreateUser", UserName = "Ann" },
//!   { do = "CreateUser", UserName = "ANN", refused = "EntityAlreadyExists" },
//! ]
//! ```
//!
//! [`Step`] tells all that a step can say, [`run`] what becomes of `{…}` in it.

mod answer;
mod documented;
mod embedded;
mod error;
mod expect;
mod list;
mod run;
mod send;
mod substitute;
mod table;

pub use answer::Answer;
pub use embedded::Embedded;
pub use error::Error;
pub use expect::Expected;
pub use list::{Family, List, Point, Refusals, Step};
pub use run::{Outcome, run};
pub use send::{Keys, Server};
pub use table::{Column, Table};
