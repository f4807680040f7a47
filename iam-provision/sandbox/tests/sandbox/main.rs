//! The sandbox through the real SDK clients. What is expected comes from
//! AWS's documentation, named beside each group of cases.

mod support;

mod identity;
