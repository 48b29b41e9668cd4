//! What every function does with sizes that lie and with inputs at the edges.

mod inputs;
mod laws;
mod sizes;
