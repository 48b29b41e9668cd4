//! What the project crate declares for others.

mod python_estimators;
