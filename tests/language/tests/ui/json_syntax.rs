//! JSON in a string that is no JSON.

use iam_dsl::policy;

fn main() {
    let _ = policy!(r#"{"Version": "2012-10-17" "Statement": []}"#); //~ JSON_SYNTAX_ERROR r#"{"Version": "2012-10-17" "Statement": []}"#
}
