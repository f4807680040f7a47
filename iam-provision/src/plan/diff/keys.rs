//! Access keys of users: the one that is declared, and those that are not.

use super::Differ;
use crate::keys::KeyMark;
use crate::plan::NoteKind;
use crate::plan::operation::Operation;
use crate::rotate::ROTATION_TAG;
use crate::state::{Credential, Identity, UserState};

/// How many access keys IAM allows a user.
const MOST: usize = 2;

impl Differ<'_> {
    /// Makes a declared user's key, and removes those that nobody declared.
    /// Returns what the user's key tag is to say when the key is made.
    pub(super) fn access_key(
        &mut self,
        identity: &Identity,
        user: &str,
        now: Option<&UserState>,
    ) -> Option<KeyMark> {
        let wants = self.target.keys.contains(user);
        let Some(now) = now else {
            return wants.then(|| self.make_key(user, Vec::new()));
        };
        let mark = now.key_mark();
        if now.holder.tags.contains_key(ROTATION_TAG) {
            self.note(
                NoteKind::Left,
                format!("{identity}: its access keys are being rotated and are left as they are"),
            );
            return mark;
        }
        let delivered = match &mark {
            Some(KeyMark::Delivered { id }) if wants && now.keys.contains_key(id) => Some(id),
            _ => None,
        };
        let mut kept = Vec::new();
        for (id, active) in &now.keys {
            if Some(id) == delivered {
                continue;
            }
            let was_ours = match &mark {
                // Made and delivered to nobody, or not for sure.
                Some(KeyMark::Pending { keep }) => !keep.contains(id),
                Some(KeyMark::Delivered { id: ours }) => id == ours,
                None => false,
            };
            if !was_ours && self.is_shared(identity) {
                kept.push(id.clone());
            } else if !was_ours && !active {
                // That is how a key is stopped; whoever did it may still want to look at it.
                self.note(
                    NoteKind::Left,
                    format!("{identity}: access key {id} is not declared, and is inactive; it is left in place"),
                );
                kept.push(id.clone());
            } else {
                self.push(Operation::DeleteCredential {
                    user: user.to_owned(),
                    credential: Credential::AccessKey(id.clone()),
                });
            }
        }
        if !wants {
            return None;
        }
        if let Some(id) = delivered {
            if now.keys.get(id) == Some(&false) {
                self.note(
                    NoteKind::Left,
                    format!("{identity}: its access key {id} was deactivated by somebody; it is left so. Activate it, or delete it for another one to be made"),
                );
            }
            return mark;
        }
        if kept.len() >= MOST {
            self.problem(
                format!("{identity}: access key"),
                format!("{} are there and are not this bundle's, and IAM allows {MOST}; delete one of them", kept.join(" and ")),
            );
        }
        Some(self.make_key(user, kept))
    }

    fn make_key(&mut self, user: &str, keep: Vec<String>) -> KeyMark {
        self.push(Operation::CreateKey {
            user: user.to_owned(),
            keep: keep.clone(),
        });
        self.push(Operation::RecordKey {
            user: user.to_owned(),
        });
        KeyMark::Pending { keep }
    }
}
