//! The policy language as users of the library meet it.

mod compile_failures;
mod forms;
