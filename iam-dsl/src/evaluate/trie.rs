//! Many patterns matched with one text at once.

use smallvec::SmallVec;

/// A tree of patterns that share their beginnings. `?` is taken for `*`, so what
/// it finds is at least what matches.
#[derive(Debug, Clone)]
pub(super) struct Trie {
    nodes: Vec<Node>,
}

/// A run of text, or a `*` where the run is empty; the root is neither.
#[derive(Debug, Clone, Default)]
struct Node {
    run: Box<[u8]>,
    /// What may follow: runs by their first byte, each byte once.
    next: Vec<(u8, usize)>,
    star: Option<usize>,
    /// The number of the pattern that ends here.
    ends: Option<usize>,
}

/// A node, and how much of its run has been read.
type State = (usize, usize);

/// Numbers of patterns.
pub(super) type Found = SmallVec<[usize; 8]>;

impl Default for Trie {
    fn default() -> Self {
        Trie {
            nodes: vec![Node::default()],
        }
    }
}

const ROOT: usize = 0;

impl Trie {
    /// The number of a pattern: `number` where it is new.
    pub(super) fn insert(&mut self, pattern: &str, number: usize) -> usize {
        let mut node = ROOT;
        let mut rest = pattern.as_bytes();
        while let Some(&first) = rest.first() {
            if matches!(first, b'*' | b'?') {
                rest = rest.get(1..).unwrap_or_default();
                // Two stars in a row are one.
                if !self.is_star(node) {
                    node = self.star(node);
                }
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'*' | b'?'));
            let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
            node = self.run(node, run);
            rest = after;
        }
        match self.nodes.get_mut(node) {
            Some(node) => *node.ends.get_or_insert(number),
            None => number,
        }
    }

    fn is_star(&self, node: usize) -> bool {
        node != ROOT && self.nodes.get(node).is_some_and(|node| node.run.is_empty())
    }

    fn add(&mut self, run: &[u8]) -> usize {
        self.nodes.push(Node {
            run: run.into(),
            ..Node::default()
        });
        self.nodes.len() - 1
    }

    /// The star after a node.
    fn star(&mut self, node: usize) -> usize {
        if let Some(star) = self.nodes.get(node).and_then(|node| node.star) {
            return star;
        }
        let star = self.add(&[]);
        if let Some(node) = self.nodes.get_mut(node) {
            node.star = Some(star);
        }
        star
    }

    /// The node that a run leads to, of which others are split where they part.
    fn run(&mut self, mut node: usize, mut run: &[u8]) -> usize {
        while let Some(&first) = run.first() {
            let known = self.nodes.get(node).and_then(|node| node.after(first));
            let Some(child) = known else {
                let child = self.add(run);
                if let Some(node) = self.nodes.get_mut(node) {
                    node.next.push((first, child));
                }
                return child;
            };
            let shared = self.nodes.get(child).map_or(0, |child| {
                let pairs = child.run.iter().zip(run);
                pairs.take_while(|(a, b)| a == b).count()
            });
            self.split(child, shared);
            run = run.get(shared..).unwrap_or_default();
            node = child;
        }
        node
    }

    /// Leaves a node the first bytes of its run and gives the others, with all
    /// that follows, to a new one.
    fn split(&mut self, node: usize, at: usize) {
        let next = self.nodes.len();
        let Some(upper) = self.nodes.get_mut(node).filter(|node| at < node.run.len()) else {
            return;
        };
        let (head, tail) = upper.run.split_at(at);
        let Some(&first) = tail.first() else { return };
        let lower = Node {
            run: tail.into(),
            next: std::mem::take(&mut upper.next),
            star: upper.star.take(),
            ends: upper.ends.take(),
        };
        upper.run = head.into();
        upper.next.push((first, next));
        self.nodes.push(lower);
    }

    /// Adds the numbers of all patterns that match the text, each once.
    pub(super) fn find(&self, text: &str, found: &mut Found) {
        let mut states: SmallVec<[State; 32]> = SmallVec::new();
        let mut after: SmallVec<[State; 32]> = SmallVec::new();
        self.enter(ROOT, 0, &mut states, found);
        for &byte in text.as_bytes() {
            for &(number, read) in &states {
                let Some(node) = self.nodes.get(number) else {
                    continue;
                };
                match node.run.get(read) {
                    Some(wanted) if *wanted == byte => {
                        self.enter(number, read + 1, &mut after, found);
                    }
                    Some(_) => {}
                    None => {
                        if let Some(child) = node.after(byte) {
                            self.enter(child, 1, &mut after, found);
                        }
                        if self.is_star(number) && !after.contains(&(number, 0)) {
                            after.push((number, 0));
                        }
                    }
                }
            }
            std::mem::swap(&mut states, &mut after);
            after.clear();
            if states.is_empty() {
                return;
            }
        }
        for &(number, read) in &states {
            if let Some(node) = self.nodes.get(number)
                && read == node.run.len()
                && !self.is_star(number)
            {
                found.extend(node.ends);
            }
        }
    }

    /// Adds a state, and the star after a run that has been read: what ends with
    /// that star matches whatever follows.
    fn enter(
        &self,
        number: usize,
        read: usize,
        states: &mut SmallVec<[State; 32]>,
        found: &mut Found,
    ) {
        states.push((number, read));
        let Some(node) = self.nodes.get(number).filter(|node| read == node.run.len()) else {
            return;
        };
        let Some((place, star)) = node
            .star
            .and_then(|place| Some((place, self.nodes.get(place)?)))
        else {
            return;
        };
        if let Some(ends) = star.ends.filter(|ends| !found.contains(ends)) {
            found.push(ends);
        }
        if !star.next.is_empty() && !states.contains(&(place, 0)) {
            states.push((place, 0));
        }
    }
}

impl Node {
    fn after(&self, byte: u8) -> Option<usize> {
        self.next
            .iter()
            .find(|(first, _)| *first == byte)
            .map(|(_, place)| *place)
    }
}

#[cfg(test)]
mod tests {
    use iam_dsl_core::pattern::Glob;

    use super::*;

    proptest::proptest! {
        #[test]
        fn it_finds_what_matches(patterns in proptest::collection::vec("[ab*]{0,6}", 0..12), text in "[ab]{0,8}") {
            let mut trie = Trie::default();
            let numbers: Vec<usize> = patterns.iter().enumerate().map(|(number, text)| trie.insert(text, number)).collect();
            let mut found = Found::new();
            trie.find(&text, &mut found);
            for (pattern, number) in patterns.iter().zip(&numbers) {
                proptest::prop_assert_eq!(Glob::new(pattern).matches(&text), found.contains(number), "{}", pattern);
            }
            let all = found.len();
            found.sort_unstable();
            found.dedup();
            proptest::prop_assert_eq!(found.len(), all);
        }

        #[test]
        fn a_question_mark_is_found_too(patterns in proptest::collection::vec("[aé*?]{0,6}", 0..12), text in "[aé]{0,8}") {
            let mut trie = Trie::default();
            let numbers: Vec<usize> = patterns.iter().enumerate().map(|(number, text)| trie.insert(text, number)).collect();
            let mut found = Found::new();
            trie.find(&text, &mut found);
            for (pattern, number) in patterns.iter().zip(&numbers) {
                proptest::prop_assert!(!Glob::new(pattern).matches(&text) || found.contains(number), "{}", pattern);
            }
        }
    }
}
