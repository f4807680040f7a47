//! No prefix of a plan gives or takes what neither end does.
