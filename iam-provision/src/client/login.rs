//! Console passwords that exist already.

use super::Client;
use super::failure::Failure;

impl Client {
    /// Gives a login profile this password.
    pub(crate) async fn update_login(
        &self,
        user: &str,
        password: &str,
        reset_required: bool,
    ) -> Result<(), Failure> {
        self.iam
            .update_login_profile()
            .user_name(user)
            .password(password)
            .password_reset_required(reset_required)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| Failure::new("UpdateLoginProfile", &self.endpoint, &error))
    }
}
