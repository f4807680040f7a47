//! A map of entities that is cheap to copy: snapshots and delayed reads keep
//! many states of the account, which differ in a few entities.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entities by key. A copy shares every entity with the original until one of
/// the two changes it.
#[derive(Clone, Debug)]
pub(crate) struct Entities<K, V>(BTreeMap<K, Arc<V>>);

impl<K, V> Default for Entities<K, V> {
    fn default() -> Self {
        Entities(BTreeMap::new())
    }
}

impl<K: Ord, V: Clone> Entities<K, V> {
    /// The entity of that key.
    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(key).map(Arc::as_ref)
    }

    /// The entity of that key, to change it.
    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.0.get_mut(key).map(Arc::make_mut)
    }

    /// Whether there is one of that key.
    pub(crate) fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    /// Adds an entity, or replaces it.
    pub(crate) fn insert(&mut self, key: K, entity: V) {
        self.0.insert(key, Arc::new(entity));
    }

    /// Removes an entity.
    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.0.remove(key).map(Arc::unwrap_or_clone)
    }

    /// All entities, in the order of their keys.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.values().map(Arc::as_ref)
    }

    /// All keys in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.keys()
    }

    /// Keys and entities in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, entity)| (key, entity.as_ref()))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The entity of that key, shared.
    pub(crate) fn shared(&self, key: &K) -> Option<Arc<V>> {
        self.0.get(key).cloned()
    }

    /// Puts an entity, or nothing, in the place of that key, and tells what
    /// was there.
    pub(crate) fn put(&mut self, key: K, entity: Option<Arc<V>>) -> Option<Arc<V>> {
        match entity {
            Some(entity) => self.0.insert(key, entity),
            None => self.0.remove(&key),
        }
    }

    /// The keys under which this map and an earlier copy of it differ.
    pub(crate) fn changed_since<'a>(&'a self, before: &'a Self) -> Vec<&'a K> {
        let same = |key: &K, entity: &Arc<V>| {
            let earlier = before.0.get(key);
            earlier.is_some_and(|earlier| Arc::ptr_eq(earlier, entity))
        };
        let gone = before.0.keys().filter(|key| !self.0.contains_key(*key));
        let changed = self.0.iter().filter(|(key, entity)| !same(key, entity));
        changed.map(|(key, _)| key).chain(gone).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told() {
        let mut now = Entities::default();
        for (key, entity) in [(1, "a"), (2, "b"), (3, "c")] {
            now.insert(key, entity);
        }
        let before = now.clone();
        assert!(now.changed_since(&before).is_empty());
        *now.get_mut(&2).unwrap() = "x";
        now.remove(&3);
        now.insert(4, "d");
        assert_eq!(now.changed_since(&before), [&2, &4, &3]);
        assert_eq!(before.get(&2), Some(&"b"));
    }
}
