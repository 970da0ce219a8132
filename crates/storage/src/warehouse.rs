//! A warehouse: a directory, or a prefix of an object store, that holds everything a pipeline makes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::error::{Error, Kind, Result};
use crate::layout;

/// An open warehouse.
#[derive(Debug, Clone)]
pub struct Warehouse {
    store: Arc<dyn ObjectStore>,
    /// The directory, where the store is the local disk.
    root: PathBuf,
}

/// An object found by [`Warehouse::list`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path below the warehouse.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
}

impl Warehouse {
    /// Opens the warehouse at `location`, creating its directory where there is none.
    ///
    /// # Errors
    /// The location is a URL of a store that this build does not contain, or cannot be created.
    pub fn create(location: &str) -> Result<Self> {
        let directory = local_path(location)?;
        std::fs::create_dir_all(&directory)
            .map_err(|e| Error::io("create the warehouse directory", &directory, e))?;
        Self::open(location)
    }

    /// Opens the warehouse at `location` to read; one that is not there is an empty one.
    ///
    /// # Errors
    /// The location is a URL of a store that this build does not contain, or cannot be read.
    pub fn open(location: &str) -> Result<Self> {
        let directory = local_path(location)?;
        if !directory.exists() {
            return Ok(Self { store: Arc::new(InMemory::new()), root: directory });
        }
        let root = directory.canonicalize().map_err(|e| Error::io("open the warehouse", &directory, e))?;
        // Rooted here, so that no letter of the directory's own name passes through a URL.
        let store = LocalFileSystem::new_with_prefix(&root)
            .map_err(|e| Error::io("open the warehouse", &root, e))?
            .with_automatic_cleanup(true);
        Ok(Self { store: Arc::new(store), root })
    }

    /// The store that holds the warehouse.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store)
    }

    /// URL by which a query engine knows the store; paths below the warehouse follow it.
    pub fn store_url(&self) -> &'static str {
        "warehouse://local/"
    }

    /// Where the warehouse lies, for people to read.
    pub fn display(&self) -> String {
        self.root.display().to_string()
    }

    /// Full path within the store of something below the warehouse.
    pub fn full(&self, relative: &str) -> Path {
        relative.split('/').fold(Path::default(), |path, part| path.join(part))
    }

    /// Reads a whole object; `None` where there is none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn read(&self, relative: &str) -> Result<Option<Bytes>> {
        match self.store.get(&self.full(relative)).await {
            Ok(found) => Ok(Some(found.bytes().await.map_err(|e| Error::io("read", relative, e))?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(Error::io("read", relative, e)),
        }
    }

    /// Size in bytes of an object; `None` where there is none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn size(&self, relative: &str) -> Result<Option<u64>> {
        match self.store.head(&self.full(relative)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(Error::io("look up", relative, e)),
        }
    }

    /// Writes a small object in one step.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn write(&self, relative: &str, bytes: Vec<u8>) -> Result<()> {
        self.store
            .put(&self.full(relative), bytes.into())
            .await
            .map_err(|e| Error::io("write", relative, e))?;
        Ok(())
    }

    /// Lists all objects below `relative`, by name.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn list(&self, relative: &str) -> Result<Vec<Entry>> {
        let found: Vec<_> = self
            .store
            .list(Some(&self.full(relative)))
            .try_collect()
            .await
            .map_err(|e| Error::io("list", relative, e))?;
        let mut entries: Vec<Entry> = found
            .into_iter()
            .map(|meta| Entry { path: meta.location.to_string(), size: meta.size })
            .collect();
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }

    /// Deletes an object; nothing happens where there is none.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn delete(&self, relative: &str) -> Result<()> {
        match self.store.delete(&self.full(relative)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(Error::io("delete", relative, e)),
        }
    }

    /// Deletes what lies below `folder`, except what `kept` names, with its records.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn clear_except(&self, folder: &str, kept: &BTreeSet<&str>) -> Result<()> {
        for entry in self.list(folder).await? {
            if !kept.contains(entry.path.as_str()) {
                self.delete(&layout::record(&entry.path)).await?;
                self.delete(&entry.path).await?;
            }
        }
        Ok(())
    }

    /// The local folder for what is only there while a run lasts.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn staging_folder(&self) -> Result<PathBuf> {
        let folder = self.on_disk(layout::STAGING);
        std::fs::create_dir_all(&folder).map_err(|e| Error::io("create", &folder, e))?;
        Ok(folder)
    }

    pub(crate) fn on_disk(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    pub(crate) async fn rename(&self, from: &str, relative: &str) -> Result<()> {
        self.store
            .rename(&self.full(from), &self.full(relative))
            .await
            .map_err(|e| Error::io("publish", relative, e))
    }
}

fn local_path(location: &str) -> Result<PathBuf> {
    if let Some(path) = location.strip_prefix("file://") {
        return Ok(PathBuf::from(path));
    }
    match location.split_once("://") {
        Some((scheme, _)) => Err(Error::new(
            Kind::BadLocation,
            // Not the URL itself: a variable may have put a secret into it.
            format!("warehouse: this build cannot write to `{scheme}://`"),
        )
        .hint("give a directory or a file:// URL")),
        None => Ok(PathBuf::from(location)),
    }
}
