//! A model over arrays and tables.

use crate::array::Array;
use crate::attend::{Desk, attend};
use crate::explain;
use crate::rows::{self, Source, check_plain, whole_features};
use crate::values::n_threads;
use crate::{PyBundle, SpanwiseError, refusal};
use bundle::import::{ImportOptions, Origin, import_with_origin};
use bundle::{Bundle, BundleError, Intervals, ScoreOptions, Stop, Task};
use prepare::Features;
use project::{ProjectError, estimator};
use pyo3::exceptions::PyFileNotFoundError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of an array that are scored before the next are copied: the interpreter is free in between.
const BLOCK_ROWS: usize = 1 << 16;

/// Rows that are explained together: ctrl-c is heard between them.
const EXPLAINED_ROWS: usize = 1024;

/// So many rows are scored before anybody could press ctrl-c.
const SHORT_ROWS: usize = 1024;

/// A bundle that takes arrays and tables and answers with arrays.
#[pyclass(frozen, module = "spanwise")]
#[derive(Debug)]
pub(crate) struct Model {
    bundle: Arc<Bundle>,
    /// What the file of an imported model says beyond its bundle.
    source: Option<Imported>,
}

/// What an imported model keeps beside its bundle.
#[derive(Debug)]
struct Imported {
    origin: Origin,
    /// The file, from which a pickle is read again.
    bytes: Vec<u8>,
    options: ImportOptions,
}

impl Model {
    pub(crate) fn new(bundle: Bundle) -> Model {
        Model {
            bundle: Arc::new(bundle),
            source: None,
        }
    }

    fn options(n_jobs: Option<i64>) -> PyResult<ScoreOptions> {
        Ok(ScoreOptions {
            n_threads: n_threads(n_jobs)?,
            ..ScoreOptions::default()
        })
    }

    /// The margins of all rows; those of an array block by block.
    fn margins_of(&self, py: Python<'_>, source: &Source, n_jobs: Option<i64>) -> PyResult<Vec<f64>> {
        let options = Model::options(n_jobs)?;
        let score = |features: &Features| {
            listening(py, features.n_rows, |stop| {
                self.bundle.margins_until(features, &options, stop)
            })
        };
        let Source::Matrix(matrix) = source else {
            return score(&whole_features(py, source, &self.bundle.recipe)?);
        };
        check_plain(&self.bundle.recipe, matrix.n_columns())?;
        let n_rows = matrix.n_rows();
        let mut margins = Vec::with_capacity(n_rows * self.n_outputs());
        for start in (0..n_rows).step_by(BLOCK_ROWS) {
            py.check_signals()?;
            margins.extend(score(
                &matrix.features(py, start..(start + BLOCK_ROWS).min(n_rows)),
            )?);
        }
        Ok(margins)
    }

    /// All rows as the model sees them.
    fn features(&self, py: Python<'_>, x: &Bound<'_, PyAny>) -> PyResult<Features> {
        whole_features(py, &Source::of(x)?, &self.bundle.recipe)
    }

    fn n_outputs(&self) -> usize {
        self.bundle.model.n_outputs()
    }

    /// `(n_rows,)` for one output, else `(n_rows, n_outputs)`.
    fn per_output(&self, values: Vec<f64>) -> Array {
        let n_outputs = self.n_outputs();
        match n_outputs {
            1 => {
                let n_rows = values.len();
                Array::numbers(values, &[n_rows])
            }
            _ => {
                let n_rows = values.len() / n_outputs;
                Array::numbers(values, &[n_rows, n_outputs])
            }
        }
    }
}

#[pymethods]
impl Model {
    /// Reads a bundle's bytes, and checks them.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Model> {
        let bytes = bytes.to_vec();
        py.detach(|| Bundle::from_bytes(&bytes, "the pickled model"))
            .map(Model::new)
            .map_err(from_bundle)
    }

    /// Reads a bundle's file, and checks it.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Model> {
        py.detach(|| Bundle::load(&path))
            .map(Model::new)
            .map_err(from_bundle)
    }

    /// Imports the bytes of a LightGBM or XGBoost model file.
    #[staticmethod]
    fn from_source(
        py: Python<'_>,
        bytes: Vec<u8>,
        name: String,
        target: String,
        classes: Option<Vec<String>>,
    ) -> PyResult<Model> {
        let options = ImportOptions {
            name,
            target,
            classes,
        };
        let imported = py
            .detach(|| import_with_origin(&bytes, &options))
            .map_err(|error| SpanwiseError::new_err(error.to_string()))?;
        Ok(Model {
            bundle: Arc::new(imported.bundle),
            source: Some(Imported {
                origin: imported.origin,
                bytes,
                options,
            }),
        })
    }

    /// The same model under another name.
    fn named(&self, py: Python<'_>, name: String) -> PyResult<Model> {
        let mut draft = (**self.bundle).clone();
        draft.name = name;
        py.detach(|| Bundle::build(draft))
            .map(Model::new)
            .map_err(from_bundle)
    }

    /// Writes the bundle, whole or not at all, into a folder that is there.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        check_folder(&path)?;
        py.detach(|| self.bundle.save(&path)).map_err(from_bundle)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let model = py.get_type::<Model>();
        let Some(Imported { bytes, options, .. }) = &self.source else {
            let bytes = PyBytes::new(py, &py.detach(|| self.bundle.to_bytes()));
            return Ok((model.getattr("from_bytes")?, (bytes,).into_pyobject(py)?));
        };
        let ImportOptions {
            name,
            target,
            classes,
        } = options.clone();
        let arguments = (PyBytes::new(py, bytes), name, target, classes);
        Ok((model.getattr("from_source")?, arguments.into_pyobject(py)?))
    }

    /// The bundle.
    #[getter]
    fn bundle(&self) -> PyBundle {
        PyBundle::new(Arc::clone(&self.bundle))
    }

    /// Whether classes are told.
    #[getter]
    fn is_classifier(&self) -> bool {
        matches!(self.bundle.task, Task::Binary { .. } | Task::Classes { .. })
    }

    /// The word for what is told: "classification", "regression", "ranking" or "anomaly".
    #[getter]
    fn task(&self) -> &'static str {
        self.bundle.task.word()
    }

    /// From where on the second class, or an anomaly, is decided for.
    #[getter]
    fn threshold(&self) -> Option<f64> {
        self.bundle.decision.as_ref().map(|decision| decision.threshold)
    }

    /// Whether rows may come as an array of plain numbers.
    #[getter]
    fn takes_arrays(&self) -> bool {
        rows::takes_arrays(&self.bundle)
    }

    /// How many trees the model has.
    #[getter]
    fn n_trees(&self) -> usize {
        estimator::n_trees(&self.bundle)
    }

    /// The columns that a table must bring, in order.
    #[getter]
    fn inputs(&self) -> Vec<String> {
        self.bundle
            .recipe
            .inputs
            .iter()
            .map(|input| input.name.clone())
            .collect()
    }

    /// What share of what the trees tell apart the splits on each input make, `(n_inputs,)`; None without trees.
    fn importances(&self) -> Option<Array> {
        let by_feature = bundle::explain::importances(&self.bundle.model)?;
        let recipe = &self.bundle.recipe;
        let mut by_input = vec![0.0; recipe.inputs.len()];
        for (feature, importance) in recipe.features.iter().zip(by_feature) {
            if let Some(position) = recipe
                .inputs
                .iter()
                .position(|input| input.name == feature.column)
            {
                by_input[position] += importance;
            }
        }
        let n_inputs = by_input.len();
        Some(Array::numbers(by_input, &[n_inputs]))
    }

    /// Of an imported model: how many splits ask for each feature, and what they gained in training (None if the file
    /// does not say); None for other models.
    fn source_importances(&self) -> Option<(Vec<u64>, Option<Vec<f64>>)> {
        let origin = &self.source.as_ref()?.origin;
        Some((origin.n_splits.clone(), origin.gains.clone()))
    }

    /// The margins, `(n_rows,)` or `(n_rows, n_outputs)`.
    #[pyo3(signature = (x, n_jobs = None))]
    fn margins(&self, py: Python<'_>, x: &Bound<'_, PyAny>, n_jobs: Option<i64>) -> PyResult<Array> {
        Ok(self.per_output(self.margins_of(py, &Source::of(x)?, n_jobs)?))
    }

    /// The numbers predicted, as [`Model::margins`].
    #[pyo3(signature = (x, n_jobs = None))]
    fn predictions(&self, py: Python<'_>, x: &Bound<'_, PyAny>, n_jobs: Option<i64>) -> PyResult<Array> {
        let margins = self.margins_of(py, &Source::of(x)?, n_jobs)?;
        Ok(self.per_output(py.detach(|| self.bundle.predictions(&margins))))
    }

    /// The prediction intervals, `(n_rows, 2)`; None if the bundle has none.
    #[pyo3(signature = (x, n_jobs = None))]
    fn intervals(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        n_jobs: Option<i64>,
    ) -> PyResult<Option<Array>> {
        // Once: a stream can be read but once.
        let source = Source::of(x)?;
        let margins = self.margins_of(py, &source, n_jobs)?;
        let batch = match (&self.bundle.intervals, source) {
            (Some(Intervals { by: Some(_), .. }), Source::Batch(batch)) => Some(batch),
            _ => None,
        };
        let found = py.detach(|| {
            let rows = batch.map(|batch| estimator::rows_of_batch(&batch, &self.bundle.recipe));
            let rows = rows.transpose()?;
            Ok::<_, ProjectError>(self.bundle.intervals_of(&margins, rows.as_ref())?)
        });
        let found = found.map_err(|error| refusal(&error))?;
        Ok(found.map(|intervals| Array::numbers(intervals.as_flattened().to_vec(), &[intervals.len(), 2])))
    }

    /// The probabilities of the classes, `(n_rows, n_classes)`.
    #[pyo3(signature = (x, n_jobs = None))]
    fn probabilities(&self, py: Python<'_>, x: &Bound<'_, PyAny>, n_jobs: Option<i64>) -> PyResult<Array> {
        let margins = self.margins_of(py, &Source::of(x)?, n_jobs)?;
        let n_classes = self.bundle.task.classes().len().max(1);
        let probabilities = py.detach(|| {
            let found = self.bundle.probabilities(&margins);
            match &self.bundle.task {
                Task::Binary { .. } => found.into_iter().flat_map(|p| [1.0 - p, p]).collect(),
                _ => found,
            }
        });
        let n_rows = probabilities.len() / n_classes;
        Ok(Array::numbers(probabilities, &[n_rows, n_classes]))
    }

    /// The positions of the classes decided for, `(n_rows,)`.
    #[pyo3(signature = (x, n_jobs = None))]
    fn decisions(&self, py: Python<'_>, x: &Bound<'_, PyAny>, n_jobs: Option<i64>) -> PyResult<Array> {
        let margins = self.margins_of(py, &Source::of(x)?, n_jobs)?;
        let decisions = py.detach(|| {
            let (probabilities, predictions) = (
                self.bundle.probabilities(&margins),
                self.bundle.predictions(&margins),
            );
            self.bundle.decisions(&probabilities, &predictions)
        });
        let n_rows = decisions.len();
        Ok(Array::whole(
            decisions.into_iter().map(i64::from).collect(),
            &[n_rows],
        ))
    }

    /// Base values and contributions to margins; against background rows if there are any.
    #[pyo3(signature = (x, background = None, n_jobs = None))]
    fn explain(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        background: Option<&Bound<'_, PyAny>>,
        n_jobs: Option<i64>,
    ) -> PyResult<explain::Explained> {
        let options = options_of_explaining(n_jobs)?;
        let features = self.features(py, x)?;
        let background = background.map(|rows| self.features(py, rows)).transpose()?;
        listening(py, usize::MAX, |stop| {
            explain::contributions(&self.bundle, &features, background.as_ref(), &options, stop)
        })
    }

    /// Base values and how pairs of features act together on margins.
    #[pyo3(signature = (x, n_jobs = None))]
    fn interactions(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        n_jobs: Option<i64>,
    ) -> PyResult<explain::Explained> {
        let options = Model::options(n_jobs)?;
        let features = self.features(py, x)?;
        listening(py, usize::MAX, |stop| {
            explain::interactions(&self.bundle, &features, &options, stop)
        })
    }

    /// The leaf that each row reaches in each tree, `(n_rows, n_trees)`, as the library of an imported model numbers
    /// them.
    fn leaves(&self, py: Python<'_>, x: &Bound<'_, PyAny>) -> PyResult<Array> {
        let bundle::Model::Trees(trees) = &self.bundle.model else {
            return Err(SpanwiseError::new_err(
                "found a model without trees, expected one of trees",
            ));
        };
        let features = self.features(py, x)?;
        let leaves = py
            .detach(|| trees.leaves(&features, 0..features.n_rows))
            .map_err(|error| from_bundle(error.into()))?;
        let numbers = self.source.as_ref().map(|source| &source.origin.leaf_numbers);
        let number = |(position, leaf): (usize, u32)| match numbers {
            Some(numbers) => i64::from(numbers[position % trees.n_trees()][leaf as usize]),
            None => i64::from(leaf),
        };
        let leaves = leaves.into_iter().enumerate().map(number).collect();
        Ok(Array::whole(leaves, &[features.n_rows, trees.n_trees()]))
    }

    fn __repr__(&self) -> String {
        format!(
            "<spanwise.Model {} ({})>",
            self.bundle.name,
            self.bundle.task.word()
        )
    }
}

/// How rows are explained.
pub(crate) fn options_of_explaining(n_jobs: Option<i64>) -> PyResult<ScoreOptions> {
    Ok(ScoreOptions {
        block_rows: EXPLAINED_ROWS,
        ..Model::options(n_jobs)?
    })
}

/// Does work of `n_rows` that is told when ctrl-c was heard, and then raises; short work is done without ado.
pub(crate) fn listening<T: Send>(
    py: Python<'_>,
    n_rows: usize,
    work: impl FnOnce(Stop<'_>) -> Result<T, BundleError> + Send,
) -> PyResult<T> {
    if n_rows <= SHORT_ROWS {
        return py.detach(|| work(&|| false)).map_err(from_bundle);
    }
    let desk = Desk::default();
    attend(py, None, &desk, || work(&|| desk.is_over()))?.map_err(from_bundle)
}

/// A folder that is not there is a slip of the pen more often than a wish.
pub(crate) fn check_folder(path: &Path) -> PyResult<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(PyFileNotFoundError::new_err(format!(
            "cannot write `{}`: found no folder `{}`, expected one that is there",
            path.display(),
            folder.display()
        ))),
        _ => Ok(()),
    }
}

fn from_bundle(error: BundleError) -> PyErr {
    refusal(&ProjectError::from(error))
}
