//! Tests of `iam-provision` against `iam-sandbox`; they are in `tests/`.
