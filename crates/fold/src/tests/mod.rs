//! The kernels against loops too plain to be wrong.

mod codes;
mod groups;
mod keys;
mod measures;
mod number;
mod order;
mod people;
mod slices;
