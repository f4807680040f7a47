//! A request as it comes in, before anything of it is understood.

/// One HTTP request: from the SDK's seam or from the loopback server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrival<'a> {
    pub(crate) method: &'a str,
    /// The path as it was sent; IAM and STS know only `/`.
    pub(crate) path: &'a str,
    /// What stands behind the question mark, as it was sent.
    pub(crate) query: &'a str,
    /// Names in any case, in the order of the request.
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    pub(crate) body: &'a [u8],
}

impl<'a> Arrival<'a> {
    /// The first header of that name; names of headers ignore case.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers_named(name).next()
    }

    /// Every header of that name, in order.
    pub(crate) fn headers_named(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }
}
