//! The models against published fits, against other implementations and against known truth.

mod cdnow;
