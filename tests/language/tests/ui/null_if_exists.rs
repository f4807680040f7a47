//! `Null` with `IfExists`.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when NullIfExists { aws:TokenIssueTime: true }; //~ NULL_WITH_IF_EXISTS NullIfExists
    };
}
