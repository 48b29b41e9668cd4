"""The estimators' signatures, made from the declarations in `crates/learn` by `cargo xtask docs`; do not edit."""

from sklearn.base import BaseEstimator, ClassifierMixin, OutlierMixin, RegressorMixin

from ._shell import BoostedClassifier, BoostedRegressor, Classifier, IsolationForest, Ranker, Regressor
from ._stream import Streamed, StreamedClassifier


class SpanwiseClassifier(ClassifierMixin, StreamedClassifier, BoostedClassifier, BaseEstimator):
    """Boosted trees that tell classes and their probabilities.

    Parameters
    ----------
    rounds : int from 1 to 20000, default None
        How many rounds of trees are grown; with held-out rows, at most.
    learning_rate : float from 0.0001 to 1.0, default None
        The share of a tree's answer that is taken: smaller is safer and needs more rounds.
    max_leaves : int from 2 to 4096, default None
        The leaves of a tree at most: more tell more features apart together.
    max_depth : int from 1 to 64, default None
        The splits on the way to a leaf at most.
    min_rows_per_leaf : float from 0.0 to 1000000000.0, default None
        The rows in a leaf at least, counted by weight.
    min_hessian : float from 0.0 to 1000000000.0, default 0.001
        The sum of second derivatives in a leaf at least.
    l2 : float from 0.0 to 1000000000.0, default None
        Draws leaf values to zero, as many rows of no opinion would: larger is safer.
    l1 : float from 0.0 to 1000000000.0, default 0.0
        Takes this much off a leaf's gradient sum, so that weak leaves say nothing.
    min_gain : float from 0.0 to 1000000000000.0, default 0.0
        What a split must gain at least.
    row_sample : float from 0.01 to 1.0, default None
        The share of rows that a tree learns from, drawn by seed and row number; all of small
        tables, fewer of large.
    row_chance : one of 'auto', 'uniform', 'gradient', default "auto"
        Which rows are drawn: all with the same chance (``uniform``), or those with large
        derivatives rather, each counting as often as its chance is small (``gradient``); ``auto``
        is the latter unless ``row_sample`` is given.
    column_sample : float from 0.01 to 1.0, default None
        The share of features that a tree may use, drawn by seed.
    max_bins : int from 2 to 255, default 255
        The bins of a feature at most, missing apart.
    category_smoothing : float from 0.0 to 1000000000.0, default 10.0
        Draws the order of levels to that of the whole leaf, in units of the second derivative.
    category_l2 : float from 0.0 to 1000000000.0, default None
        Is added to ``l2`` at splits that choose among more than two levels.
    category_min_rows : float from 0.0 to 1000000000.0, default None
        The rows of a level in a node at least, by weight, if it is to be placed on its own.
    growth : one of 'leaf', 'level', default "leaf"
        Which leaf is split next: the most gainful (``leaf``), or those nearest to the root first
        (``level``).
    monotone : dict of feature names to int from -1 to 1, default None
        The features along which the answer may only rise (1) or fall (-1).
    interactions : list of lists of feature names, default None
        Features that may meet on a path, set by set; a feature in no set meets no other.
    gradients : one of 'auto', 'exact', 'packed', default "auto"
        How derivatives are summed: ``exact`` (64 bits), ``packed`` (few bits, for many rows),
        ``auto`` by size.
    held_out_share : float from 0.0 to 0.9, default 0.0
        The share of rows that are held out to find the best number of rounds; none by default.
    patience : int from 1 to 20000, default 50
        The rounds without a better held-out loss after which training ends.
    budget : float above 0, at most 86400, or None, default None
        Seconds for which parameters and rounds are searched at most; those given here stay as they
        are, ``rounds`` as the most. The fit with what was found follows. How far a search comes
        depends on the machine: to repeat a fit, pass ``chosen_params_``.
    categorical_features : 'from_dtype', list of str, int or bool, or None, default "from_dtype"
        Which columns are categories: those of a data frame that are text or of a categorical type,
        those named or numbered, or none. A level is told apart from 10 rows on; rarer ones and
        those never seen are one level, "other".
    class_weight : dict, 'balanced' or None, default None
        What the rows of a class count besides their weight.
    random_state : int, RandomState or None, default 0
        Everything that is drawn is drawn from this; None draws it from numpy's own state.
    n_jobs : int or None, default None
        How many threads may work: -1 and None are all. Results do not depend on it.
    verbose : int, default 0
        With 1, how far the training is goes to stderr.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    trials_ : list of dict
        What a search tried, in order: ``params``, ``rounds`` and the held-out ``loss``; empty without a budget.
    chosen_params_ : dict
        The parameters of the best trial with its rounds; empty without a budget.
    n_features_in_ : int
        The columns learnt from.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if they have any.
    feature_importances_ : ndarray of shape (n_features_in_,)
        What share of what the trees tell apart the splits on each feature make.
    n_trees_ : int
        The trees of the model.
    validation_losses_ : ndarray of shape (n_rounds,)
        The mean loss of held-out rows after each round; empty without any.
    bundle_ : spanwise.Bundle
        The bundle, which scores and explains data frames.
    """

    _trainer = "boost"

    def __init__(
        self,
        *,
        rounds=None,
        learning_rate=None,
        max_leaves=None,
        max_depth=None,
        min_rows_per_leaf=None,
        min_hessian=0.001,
        l2=None,
        l1=0.0,
        min_gain=0.0,
        row_sample=None,
        row_chance="auto",
        column_sample=None,
        max_bins=255,
        category_smoothing=10.0,
        category_l2=None,
        category_min_rows=None,
        growth="leaf",
        monotone=None,
        interactions=None,
        gradients="auto",
        held_out_share=0.0,
        patience=50,
        budget=None,
        categorical_features="from_dtype",
        class_weight=None,
        random_state=0,
        n_jobs=None,
        verbose=0,
    ):
        self.rounds = rounds
        self.learning_rate = learning_rate
        self.max_leaves = max_leaves
        self.max_depth = max_depth
        self.min_rows_per_leaf = min_rows_per_leaf
        self.min_hessian = min_hessian
        self.l2 = l2
        self.l1 = l1
        self.min_gain = min_gain
        self.row_sample = row_sample
        self.row_chance = row_chance
        self.column_sample = column_sample
        self.max_bins = max_bins
        self.category_smoothing = category_smoothing
        self.category_l2 = category_l2
        self.category_min_rows = category_min_rows
        self.growth = growth
        self.monotone = monotone
        self.interactions = interactions
        self.gradients = gradients
        self.held_out_share = held_out_share
        self.patience = patience
        self.budget = budget
        self.categorical_features = categorical_features
        self.class_weight = class_weight
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose


class SpanwiseRegressor(RegressorMixin, Streamed, BoostedRegressor, BaseEstimator):
    """Boosted trees that tell numbers: means, medians, quantiles, rates and shares.

    Parameters
    ----------
    loss : one of 'auto', 'squared', 'absolute', 'huber', 'quantile', 'poisson', 'gamma', 'tweedie', 'cross_entropy', default "auto"
        What is made small: for numbers ``squared`` (``auto``), ``absolute``, ``huber``,
        ``quantile``, ``poisson``, ``gamma``, ``tweedie`` or ``cross_entropy``; classes and ranks
        have one of their own (``auto``).
    quantiles : rising floats between 0.0 and 1.0, default (0.5,)
        The levels told by ``quantile``, one output each.
    huber_delta : float from 1e-12 to 1000000000000.0, default None
        The size from which ``huber`` takes errors as large; the nine tenths' quantile of distances
        from the median.
    tweedie_power : float from 1.01 to 1.99, default 1.5
        The power of the mean to which ``tweedie`` takes the variance to be proportional.
    rounds : int from 1 to 20000, default None
        How many rounds of trees are grown; with held-out rows, at most.
    learning_rate : float from 0.0001 to 1.0, default None
        The share of a tree's answer that is taken: smaller is safer and needs more rounds.
    max_leaves : int from 2 to 4096, default None
        The leaves of a tree at most: more tell more features apart together.
    max_depth : int from 1 to 64, default None
        The splits on the way to a leaf at most.
    min_rows_per_leaf : float from 0.0 to 1000000000.0, default None
        The rows in a leaf at least, counted by weight.
    min_hessian : float from 0.0 to 1000000000.0, default 0.001
        The sum of second derivatives in a leaf at least.
    l2 : float from 0.0 to 1000000000.0, default None
        Draws leaf values to zero, as many rows of no opinion would: larger is safer.
    l1 : float from 0.0 to 1000000000.0, default 0.0
        Takes this much off a leaf's gradient sum, so that weak leaves say nothing.
    min_gain : float from 0.0 to 1000000000000.0, default 0.0
        What a split must gain at least.
    row_sample : float from 0.01 to 1.0, default None
        The share of rows that a tree learns from, drawn by seed and row number; all of small
        tables, fewer of large.
    row_chance : one of 'auto', 'uniform', 'gradient', default "auto"
        Which rows are drawn: all with the same chance (``uniform``), or those with large
        derivatives rather, each counting as often as its chance is small (``gradient``); ``auto``
        is the latter unless ``row_sample`` is given.
    column_sample : float from 0.01 to 1.0, default None
        The share of features that a tree may use, drawn by seed.
    max_bins : int from 2 to 255, default 255
        The bins of a feature at most, missing apart.
    category_smoothing : float from 0.0 to 1000000000.0, default 10.0
        Draws the order of levels to that of the whole leaf, in units of the second derivative.
    category_l2 : float from 0.0 to 1000000000.0, default None
        Is added to ``l2`` at splits that choose among more than two levels.
    category_min_rows : float from 0.0 to 1000000000.0, default None
        The rows of a level in a node at least, by weight, if it is to be placed on its own.
    growth : one of 'leaf', 'level', default "leaf"
        Which leaf is split next: the most gainful (``leaf``), or those nearest to the root first
        (``level``).
    monotone : dict of feature names to int from -1 to 1, default None
        The features along which the answer may only rise (1) or fall (-1).
    interactions : list of lists of feature names, default None
        Features that may meet on a path, set by set; a feature in no set meets no other.
    gradients : one of 'auto', 'exact', 'packed', default "auto"
        How derivatives are summed: ``exact`` (64 bits), ``packed`` (few bits, for many rows),
        ``auto`` by size.
    held_out_share : float from 0.0 to 0.9, default 0.0
        The share of rows that are held out to find the best number of rounds; none by default.
    patience : int from 1 to 20000, default 50
        The rounds without a better held-out loss after which training ends.
    budget : float above 0, at most 86400, or None, default None
        Seconds for which parameters and rounds are searched at most; those given here stay as they
        are, ``rounds`` as the most. The fit with what was found follows. How far a search comes
        depends on the machine: to repeat a fit, pass ``chosen_params_``.
    intervals : float above 0 and below 1, or None, default None
        The share of rows whose truth :meth:`predict_interval` holds, such as 0.9. Intervals are
        fitted on what models of five folds say of the rest of the rows: five more trainings.
    interval_groups : str, int or None, default None
        The column, by name or position, whose values have intervals of a length of their own: text,
        categories, truths or whole numbers. A group that is seen too rarely for the level (at least
        10 rows), one never seen, and a missing value have the length of all rows.
    categorical_features : 'from_dtype', list of str, int or bool, or None, default "from_dtype"
        Which columns are categories: those of a data frame that are text or of a categorical type,
        those named or numbered, or none. A level is told apart from 10 rows on; rarer ones and
        those never seen are one level, "other".
    random_state : int, RandomState or None, default 0
        Everything that is drawn is drawn from this; None draws it from numpy's own state.
    n_jobs : int or None, default None
        How many threads may work: -1 and None are all. Results do not depend on it.
    verbose : int, default 0
        With 1, how far the training is goes to stderr.

    Attributes
    ----------
    trials_ : list of dict
        What a search tried, in order: ``params``, ``rounds`` and the held-out ``loss``; empty without a budget.
    chosen_params_ : dict
        The parameters of the best trial with its rounds; empty without a budget.
    n_features_in_ : int
        The columns learnt from.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if they have any.
    feature_importances_ : ndarray of shape (n_features_in_,)
        What share of what the trees tell apart the splits on each feature make.
    n_trees_ : int
        The trees of the model.
    validation_losses_ : ndarray of shape (n_rounds,)
        The mean loss of held-out rows after each round; empty without any.
    bundle_ : spanwise.Bundle
        The bundle, which scores and explains data frames.
    """

    _trainer = "boost"

    def __init__(
        self,
        *,
        loss="auto",
        quantiles=(0.5,),
        huber_delta=None,
        tweedie_power=1.5,
        rounds=None,
        learning_rate=None,
        max_leaves=None,
        max_depth=None,
        min_rows_per_leaf=None,
        min_hessian=0.001,
        l2=None,
        l1=0.0,
        min_gain=0.0,
        row_sample=None,
        row_chance="auto",
        column_sample=None,
        max_bins=255,
        category_smoothing=10.0,
        category_l2=None,
        category_min_rows=None,
        growth="leaf",
        monotone=None,
        interactions=None,
        gradients="auto",
        held_out_share=0.0,
        patience=50,
        budget=None,
        intervals=None,
        interval_groups=None,
        categorical_features="from_dtype",
        random_state=0,
        n_jobs=None,
        verbose=0,
    ):
        self.loss = loss
        self.quantiles = quantiles
        self.huber_delta = huber_delta
        self.tweedie_power = tweedie_power
        self.rounds = rounds
        self.learning_rate = learning_rate
        self.max_leaves = max_leaves
        self.max_depth = max_depth
        self.min_rows_per_leaf = min_rows_per_leaf
        self.min_hessian = min_hessian
        self.l2 = l2
        self.l1 = l1
        self.min_gain = min_gain
        self.row_sample = row_sample
        self.row_chance = row_chance
        self.column_sample = column_sample
        self.max_bins = max_bins
        self.category_smoothing = category_smoothing
        self.category_l2 = category_l2
        self.category_min_rows = category_min_rows
        self.growth = growth
        self.monotone = monotone
        self.interactions = interactions
        self.gradients = gradients
        self.held_out_share = held_out_share
        self.patience = patience
        self.budget = budget
        self.intervals = intervals
        self.interval_groups = interval_groups
        self.categorical_features = categorical_features
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose


class SpanwiseRanker(Ranker, BaseEstimator):
    """Boosted trees that put the rows of a query in order (LambdaMART).

    Parameters
    ----------
    rounds : int from 1 to 20000, default None
        How many rounds of trees are grown; with held-out rows, at most.
    learning_rate : float from 0.0001 to 1.0, default None
        The share of a tree's answer that is taken: smaller is safer and needs more rounds.
    max_leaves : int from 2 to 4096, default None
        The leaves of a tree at most: more tell more features apart together.
    max_depth : int from 1 to 64, default None
        The splits on the way to a leaf at most.
    min_rows_per_leaf : float from 0.0 to 1000000000.0, default None
        The rows in a leaf at least, counted by weight.
    min_hessian : float from 0.0 to 1000000000.0, default 0.001
        The sum of second derivatives in a leaf at least.
    l2 : float from 0.0 to 1000000000.0, default None
        Draws leaf values to zero, as many rows of no opinion would: larger is safer.
    l1 : float from 0.0 to 1000000000.0, default 0.0
        Takes this much off a leaf's gradient sum, so that weak leaves say nothing.
    min_gain : float from 0.0 to 1000000000000.0, default 0.0
        What a split must gain at least.
    row_sample : float from 0.01 to 1.0, default None
        The share of rows that a tree learns from, drawn by seed and row number; all of small
        tables, fewer of large.
    row_chance : one of 'auto', 'uniform', 'gradient', default "auto"
        Which rows are drawn: all with the same chance (``uniform``), or those with large
        derivatives rather, each counting as often as its chance is small (``gradient``); ``auto``
        is the latter unless ``row_sample`` is given.
    column_sample : float from 0.01 to 1.0, default None
        The share of features that a tree may use, drawn by seed.
    max_bins : int from 2 to 255, default 255
        The bins of a feature at most, missing apart.
    category_smoothing : float from 0.0 to 1000000000.0, default 10.0
        Draws the order of levels to that of the whole leaf, in units of the second derivative.
    category_l2 : float from 0.0 to 1000000000.0, default None
        Is added to ``l2`` at splits that choose among more than two levels.
    category_min_rows : float from 0.0 to 1000000000.0, default None
        The rows of a level in a node at least, by weight, if it is to be placed on its own.
    growth : one of 'leaf', 'level', default "leaf"
        Which leaf is split next: the most gainful (``leaf``), or those nearest to the root first
        (``level``).
    monotone : dict of feature names to int from -1 to 1, default None
        The features along which the answer may only rise (1) or fall (-1).
    interactions : list of lists of feature names, default None
        Features that may meet on a path, set by set; a feature in no set meets no other.
    gradients : one of 'auto', 'exact', 'packed', default "auto"
        How derivatives are summed: ``exact`` (64 bits), ``packed`` (few bits, for many rows),
        ``auto`` by size.
    held_out_share : float from 0.0 to 0.9, default 0.0
        The share of rows that are held out to find the best number of rounds; none by default.
    patience : int from 1 to 20000, default 50
        The rounds without a better held-out loss after which training ends.
    budget : float above 0, at most 86400, or None, default None
        Seconds for which parameters and rounds are searched at most; those given here stay as they
        are, ``rounds`` as the most. The fit with what was found follows. How far a search comes
        depends on the machine: to repeat a fit, pass ``chosen_params_``.
    categorical_features : 'from_dtype', list of str, int or bool, or None, default "from_dtype"
        Which columns are categories: those of a data frame that are text or of a categorical type,
        those named or numbered, or none. A level is told apart from 10 rows on; rarer ones and
        those never seen are one level, "other".
    random_state : int, RandomState or None, default 0
        Everything that is drawn is drawn from this; None draws it from numpy's own state.
    n_jobs : int or None, default None
        How many threads may work: -1 and None are all. Results do not depend on it.
    verbose : int, default 0
        With 1, how far the training is goes to stderr.

    Attributes
    ----------
    trials_ : list of dict
        What a search tried, in order: ``params``, ``rounds`` and the held-out ``loss``; empty without a budget.
    chosen_params_ : dict
        The parameters of the best trial with its rounds; empty without a budget.
    n_features_in_ : int
        The columns learnt from.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if they have any.
    feature_importances_ : ndarray of shape (n_features_in_,)
        What share of what the trees tell apart the splits on each feature make.
    n_trees_ : int
        The trees of the model.
    validation_losses_ : ndarray of shape (n_rounds,)
        The mean loss of held-out rows after each round; empty without any.
    bundle_ : spanwise.Bundle
        The bundle, which scores and explains data frames.
    """

    _trainer = "boost"

    def __init__(
        self,
        *,
        rounds=None,
        learning_rate=None,
        max_leaves=None,
        max_depth=None,
        min_rows_per_leaf=None,
        min_hessian=0.001,
        l2=None,
        l1=0.0,
        min_gain=0.0,
        row_sample=None,
        row_chance="auto",
        column_sample=None,
        max_bins=255,
        category_smoothing=10.0,
        category_l2=None,
        category_min_rows=None,
        growth="leaf",
        monotone=None,
        interactions=None,
        gradients="auto",
        held_out_share=0.0,
        patience=50,
        budget=None,
        categorical_features="from_dtype",
        random_state=0,
        n_jobs=None,
        verbose=0,
    ):
        self.rounds = rounds
        self.learning_rate = learning_rate
        self.max_leaves = max_leaves
        self.max_depth = max_depth
        self.min_rows_per_leaf = min_rows_per_leaf
        self.min_hessian = min_hessian
        self.l2 = l2
        self.l1 = l1
        self.min_gain = min_gain
        self.row_sample = row_sample
        self.row_chance = row_chance
        self.column_sample = column_sample
        self.max_bins = max_bins
        self.category_smoothing = category_smoothing
        self.category_l2 = category_l2
        self.category_min_rows = category_min_rows
        self.growth = growth
        self.monotone = monotone
        self.interactions = interactions
        self.gradients = gradients
        self.held_out_share = held_out_share
        self.patience = patience
        self.budget = budget
        self.categorical_features = categorical_features
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose


class SpanwiseForestClassifier(ClassifierMixin, Classifier, BaseEstimator):
    """A random forest that tells classes and their probabilities.

    Parameters
    ----------
    trees : int from 1 to 10000, default 100
        How many trees are grown: more are never worse, only slower.
    max_features : float from 1e-6 to 1.0, default None
        The share of features that a node looks at, drawn anew for each: smaller makes trees differ
        more.
    bootstrap : one of 'auto', 'yes', 'no', default "auto"
        Whether each tree draws its rows with replacement.
    row_sample : float from 0.001 to 1.0, default 1.0
        The share of rows that a tree draws, by weight.
    min_rows_per_leaf : float from 0.0 to 1000000000.0, default None
        The rows in a leaf at least, counted by weight as drawn: more makes smoother and smaller
        trees.
    max_depth : int from 1 to 255, default None
        The splits on the way to a leaf at most; as many as a model can hold by default.
    max_bins : int from 2 to 255, default 255
        The bins of a feature at most, missing apart.
    category_smoothing : float from 0.0 to 1000000000.0, default 10.0
        Draws the order of levels to that of the whole node, as many rows of its mean would.
    monotone : dict of feature names to int from -1 to 1, default None
        The features along which the answer may only rise (1) or fall (-1).
    interactions : list of lists of feature names, default None
        Features that may meet on a path, set by set; a feature in no set meets no other.
    oob_score : bool or callable, default False
        Whether rows are also told by the trees that did not learn from them: ``oob_score_`` is
        their accuracy or R squared by weight, or what a function of truths and predictions says.
        Trees that learn from every row are refused.
    categorical_features : 'from_dtype', list of str, int or bool, or None, default "from_dtype"
        Which columns are categories: those of a data frame that are text or of a categorical type,
        those named or numbered, or none. A level is told apart from 10 rows on; rarer ones and
        those never seen are one level, "other".
    class_weight : dict, 'balanced' or None, default None
        What the rows of a class count besides their weight.
    random_state : int, RandomState or None, default 0
        Everything that is drawn is drawn from this; None draws it from numpy's own state.
    n_jobs : int or None, default None
        How many threads may work: -1 and None are all. Results do not depend on it.
    verbose : int, default 0
        With 1, how far the training is goes to stderr.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    oob_score_ : float
        How well rows are told by the trees that did not learn from them; only with ``oob_score``.
    oob_decision_function_ : ndarray of shape (n_rows, n_classes)
        Their probabilities by these trees; NaN where there are none, and where a row has no weight. Only with ``oob_score``.
    n_features_in_ : int
        The columns learnt from.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if they have any.
    feature_importances_ : ndarray of shape (n_features_in_,)
        What share of what the trees tell apart the splits on each feature make.
    n_trees_ : int
        The trees of the model.
    validation_losses_ : ndarray of shape (n_rounds,)
        The mean loss of held-out rows after each round; empty without any.
    bundle_ : spanwise.Bundle
        The bundle, which scores and explains data frames.
    """

    _trainer = "forest"

    def __init__(
        self,
        *,
        trees=100,
        max_features=None,
        bootstrap="auto",
        row_sample=1.0,
        min_rows_per_leaf=None,
        max_depth=None,
        max_bins=255,
        category_smoothing=10.0,
        monotone=None,
        interactions=None,
        oob_score=False,
        categorical_features="from_dtype",
        class_weight=None,
        random_state=0,
        n_jobs=None,
        verbose=0,
    ):
        self.trees = trees
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.row_sample = row_sample
        self.min_rows_per_leaf = min_rows_per_leaf
        self.max_depth = max_depth
        self.max_bins = max_bins
        self.category_smoothing = category_smoothing
        self.monotone = monotone
        self.interactions = interactions
        self.oob_score = oob_score
        self.categorical_features = categorical_features
        self.class_weight = class_weight
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose


class SpanwiseForestRegressor(RegressorMixin, Regressor, BaseEstimator):
    """A random forest that tells numbers.

    Parameters
    ----------
    trees : int from 1 to 10000, default 100
        How many trees are grown: more are never worse, only slower.
    max_features : float from 1e-6 to 1.0, default None
        The share of features that a node looks at, drawn anew for each: smaller makes trees differ
        more.
    bootstrap : one of 'auto', 'yes', 'no', default "auto"
        Whether each tree draws its rows with replacement.
    row_sample : float from 0.001 to 1.0, default 1.0
        The share of rows that a tree draws, by weight.
    min_rows_per_leaf : float from 0.0 to 1000000000.0, default None
        The rows in a leaf at least, counted by weight as drawn: more makes smoother and smaller
        trees.
    max_depth : int from 1 to 255, default None
        The splits on the way to a leaf at most; as many as a model can hold by default.
    max_bins : int from 2 to 255, default 255
        The bins of a feature at most, missing apart.
    category_smoothing : float from 0.0 to 1000000000.0, default 10.0
        Draws the order of levels to that of the whole node, as many rows of its mean would.
    monotone : dict of feature names to int from -1 to 1, default None
        The features along which the answer may only rise (1) or fall (-1).
    interactions : list of lists of feature names, default None
        Features that may meet on a path, set by set; a feature in no set meets no other.
    intervals : float above 0 and below 1, or None, default None
        The share of rows whose truth :meth:`predict_interval` holds, such as 0.9. Intervals are
        fitted on what models of five folds say of the rest of the rows: five more trainings.
    interval_groups : str, int or None, default None
        The column, by name or position, whose values have intervals of a length of their own: text,
        categories, truths or whole numbers. A group that is seen too rarely for the level (at least
        10 rows), one never seen, and a missing value have the length of all rows.
    oob_score : bool or callable, default False
        Whether rows are also told by the trees that did not learn from them: ``oob_score_`` is
        their accuracy or R squared by weight, or what a function of truths and predictions says.
        Trees that learn from every row are refused.
    categorical_features : 'from_dtype', list of str, int or bool, or None, default "from_dtype"
        Which columns are categories: those of a data frame that are text or of a categorical type,
        those named or numbered, or none. A level is told apart from 10 rows on; rarer ones and
        those never seen are one level, "other".
    random_state : int, RandomState or None, default 0
        Everything that is drawn is drawn from this; None draws it from numpy's own state.
    n_jobs : int or None, default None
        How many threads may work: -1 and None are all. Results do not depend on it.
    verbose : int, default 0
        With 1, how far the training is goes to stderr.

    Attributes
    ----------
    oob_score_ : float
        How well rows are told by the trees that did not learn from them; only with ``oob_score``.
    oob_prediction_ : ndarray of shape (n_rows,)
        What these trees tell; NaN where there are none, and where a row has no weight. Only with ``oob_score``.
    n_features_in_ : int
        The columns learnt from.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if they have any.
    feature_importances_ : ndarray of shape (n_features_in_,)
        What share of what the trees tell apart the splits on each feature make.
    n_trees_ : int
        The trees of the model.
    validation_losses_ : ndarray of shape (n_rounds,)
        The mean loss of held-out rows after each round; empty without any.
    bundle_ : spanwise.Bundle
        The bundle, which scores and explains data frames.
    """

    _trainer = "forest"

    def __init__(
        self,
        *,
        trees=100,
        max_features=None,
        bootstrap="auto",
        row_sample=1.0,
        min_rows_per_leaf=None,
        max_depth=None,
        max_bins=255,
        category_smoothing=10.0,
        monotone=None,
        interactions=None,
        intervals=None,
        interval_groups=None,
        oob_score=False,
        categorical_features="from_dtype",
        random_state=0,
        n_jobs=None,
        verbose=0,
    ):
        self.trees = trees
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.row_sample = row_sample
        self.min_rows_per_leaf = min_rows_per_leaf
        self.max_depth = max_depth
        self.max_bins = max_bins
        self.category_smoothing = category_smoothing
        self.monotone = monotone
        self.interactions = interactions
        self.intervals = intervals
        self.interval_groups = interval_groups
        self.oob_score = oob_score
        self.categorical_features = categorical_features
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose


class SpanwiseExtraTreesClassifier(ClassifierMixin, Classifier, BaseEstimator):
    """Extremely randomised trees that tell classes and their probabilities.

    Parameters
    ----------
    trees : int from 1 to 10000, default 100
        How many trees are grown: more are never worse, only slower.
    max_features : float from 1e-6 to 1.0, default None
        The share of features that a node looks at, drawn anew for each: smaller makes trees differ
        more.
    bootstrap : one of 'auto', 'yes', 'no', default "auto"
        Whether each tree draws its rows with replacement.
    row_sample : float from 0.001 to 1.0, default 1.0
        The share of rows that a tree draws, by weight.
    min_rows_per_leaf : float from 0.0 to 1000000000.0, default None
        The rows in a leaf at least, counted by weight as drawn: more makes smoother and smaller
        trees.
    max_depth : int from 1 to 255, default None
        The splits on the way to a leaf at most; as many as a model can hold by default.
    max_bins : int from 2 to 255, default 255
        The bins of a feature at most, missing apart.
    category_smoothing : float from 0.0 to 1000000000.0, default 10.0
        Draws the order of levels to that of the whole node, as many rows of its mean would.
    monotone : dict of feature names to int from -1 to 1, default None
        The features along which the answer may only rise (1) or fall (-1).
    interactions : list of lists of feature names, default None
        Features that may meet on a path, set by set; a feature in no set meets no other.
    oob_score : bool or callable, default False
        Whether rows are also told by the trees that did not learn from them: ``oob_score_`` is
        their accuracy or R squared by weight, or what a function of truths and predictions says.
        Trees that learn from every row are refused.
    categorical_features : 'from_dtype', list of str, int or bool, or None, default "from_dtype"
        Which columns are categories: those of a data frame that are text or of a categorical type,
        those named or numbered, or none. A level is told apart from 10 rows on; rarer ones and
        those never seen are one level, "other".
    class_weight : dict, 'balanced' or None, default None
        What the rows of a class count besides their weight.
    random_state : int, RandomState or None, default 0
        Everything that is drawn is drawn from this; None draws it from numpy's own state.
    n_jobs : int or None, default None
        How many threads may work: -1 and None are all. Results do not depend on it.
    verbose : int, default 0
        With 1, how far the training is goes to stderr.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    oob_score_ : float
        How well rows are told by the trees that did not learn from them; only with ``oob_score``.
    oob_decision_function_ : ndarray of shape (n_rows, n_classes)
        Their probabilities by these trees; NaN where there are none, and where a row has no weight. Only with ``oob_score``.
    n_features_in_ : int
        The columns learnt from.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if they have any.
    feature_importances_ : ndarray of shape (n_features_in_,)
        What share of what the trees tell apart the splits on each feature make.
    n_trees_ : int
        The trees of the model.
    validation_losses_ : ndarray of shape (n_rounds,)
        The mean loss of held-out rows after each round; empty without any.
    bundle_ : spanwise.Bundle
        The bundle, which scores and explains data frames.
    """

    _trainer = "extra_trees"

    def __init__(
        self,
        *,
        trees=100,
        max_features=None,
        bootstrap="auto",
        row_sample=1.0,
        min_rows_per_leaf=None,
        max_depth=None,
        max_bins=255,
        category_smoothing=10.0,
        monotone=None,
        interactions=None,
        oob_score=False,
        categorical_features="from_dtype",
        class_weight=None,
        random_state=0,
        n_jobs=None,
        verbose=0,
    ):
        self.trees = trees
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.row_sample = row_sample
        self.min_rows_per_leaf = min_rows_per_leaf
        self.max_depth = max_depth
        self.max_bins = max_bins
        self.category_smoothing = category_smoothing
        self.monotone = monotone
        self.interactions = interactions
        self.oob_score = oob_score
        self.categorical_features = categorical_features
        self.class_weight = class_weight
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose


class SpanwiseExtraTreesRegressor(RegressorMixin, Regressor, BaseEstimator):
    """Extremely randomised trees that tell numbers.

    Parameters
    ----------
    trees : int from 1 to 10000, default 100
        How many trees are grown: more are never worse, only slower.
    max_features : float from 1e-6 to 1.0, default None
        The share of features that a node looks at, drawn anew for each: smaller makes trees differ
        more.
    bootstrap : one of 'auto', 'yes', 'no', default "auto"
        Whether each tree draws its rows with replacement.
    row_sample : float from 0.001 to 1.0, default 1.0
        The share of rows that a tree draws, by weight.
    min_rows_per_leaf : float from 0.0 to 1000000000.0, default None
        The rows in a leaf at least, counted by weight as drawn: more makes smoother and smaller
        trees.
    max_depth : int from 1 to 255, default None
        The splits on the way to a leaf at most; as many as a model can hold by default.
    max_bins : int from 2 to 255, default 255
        The bins of a feature at most, missing apart.
    category_smoothing : float from 0.0 to 1000000000.0, default 10.0
        Draws the order of levels to that of the whole node, as many rows of its mean would.
    monotone : dict of feature names to int from -1 to 1, default None
        The features along which the answer may only rise (1) or fall (-1).
    interactions : list of lists of feature names, default None
        Features that may meet on a path, set by set; a feature in no set meets no other.
    intervals : float above 0 and below 1, or None, default None
        The share of rows whose truth :meth:`predict_interval` holds, such as 0.9. Intervals are
        fitted on what models of five folds say of the rest of the rows: five more trainings.
    interval_groups : str, int or None, default None
        The column, by name or position, whose values have intervals of a length of their own: text,
        categories, truths or whole numbers. A group that is seen too rarely for the level (at least
        10 rows), one never seen, and a missing value have the length of all rows.
    oob_score : bool or callable, default False
        Whether rows are also told by the trees that did not learn from them: ``oob_score_`` is
        their accuracy or R squared by weight, or what a function of truths and predictions says.
        Trees that learn from every row are refused.
    categorical_features : 'from_dtype', list of str, int or bool, or None, default "from_dtype"
        Which columns are categories: those of a data frame that are text or of a categorical type,
        those named or numbered, or none. A level is told apart from 10 rows on; rarer ones and
        those never seen are one level, "other".
    random_state : int, RandomState or None, default 0
        Everything that is drawn is drawn from this; None draws it from numpy's own state.
    n_jobs : int or None, default None
        How many threads may work: -1 and None are all. Results do not depend on it.
    verbose : int, default 0
        With 1, how far the training is goes to stderr.

    Attributes
    ----------
    oob_score_ : float
        How well rows are told by the trees that did not learn from them; only with ``oob_score``.
    oob_prediction_ : ndarray of shape (n_rows,)
        What these trees tell; NaN where there are none, and where a row has no weight. Only with ``oob_score``.
    n_features_in_ : int
        The columns learnt from.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if they have any.
    feature_importances_ : ndarray of shape (n_features_in_,)
        What share of what the trees tell apart the splits on each feature make.
    n_trees_ : int
        The trees of the model.
    validation_losses_ : ndarray of shape (n_rounds,)
        The mean loss of held-out rows after each round; empty without any.
    bundle_ : spanwise.Bundle
        The bundle, which scores and explains data frames.
    """

    _trainer = "extra_trees"

    def __init__(
        self,
        *,
        trees=100,
        max_features=None,
        bootstrap="auto",
        row_sample=1.0,
        min_rows_per_leaf=None,
        max_depth=None,
        max_bins=255,
        category_smoothing=10.0,
        monotone=None,
        interactions=None,
        intervals=None,
        interval_groups=None,
        oob_score=False,
        categorical_features="from_dtype",
        random_state=0,
        n_jobs=None,
        verbose=0,
    ):
        self.trees = trees
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.row_sample = row_sample
        self.min_rows_per_leaf = min_rows_per_leaf
        self.max_depth = max_depth
        self.max_bins = max_bins
        self.category_smoothing = category_smoothing
        self.monotone = monotone
        self.interactions = interactions
        self.intervals = intervals
        self.interval_groups = interval_groups
        self.oob_score = oob_score
        self.categorical_features = categorical_features
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose


class SpanwiseIsolationForest(OutlierMixin, IsolationForest, BaseEstimator):
    """An isolation forest that tells how unlike the others a row is.

    Parameters
    ----------
    trees : int from 1 to 10000, default 100
        How many trees are grown: more are never worse, only slower.
    rows_per_tree : int from 2 to 1000000, default 256
        The rows that a tree draws, without replacement: more tell finer anomalies, fewer tell
        crowded ones.
    contamination : 'auto' or float above 0, at most 0.5, default "auto"
        The share of rows that are anomalies; 'auto' takes those that score above one half.
    categorical_features : 'from_dtype', list of str, int or bool, or None, default "from_dtype"
        Which columns are categories: those of a data frame that are text or of a categorical type,
        those named or numbered, or none. A level is told apart from 10 rows on; rarer ones and
        those never seen are one level, "other".
    random_state : int, RandomState or None, default 0
        Everything that is drawn is drawn from this; None draws it from numpy's own state.
    n_jobs : int or None, default None
        How many threads may work: -1 and None are all. Results do not depend on it.
    verbose : int, default 0
        With 1, how far the training is goes to stderr.

    Attributes
    ----------
    offset_ : float
        What :meth:`score_samples` must fall below to be an anomaly.
    n_features_in_ : int
        The columns learnt from.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if they have any.
    feature_importances_ : ndarray of shape (n_features_in_,)
        What share of what the trees tell apart the splits on each feature make.
    n_trees_ : int
        The trees of the model.
    validation_losses_ : ndarray of shape (n_rounds,)
        The mean loss of held-out rows after each round; empty without any.
    bundle_ : spanwise.Bundle
        The bundle, which scores and explains data frames.
    """

    _trainer = "isolation"

    def __init__(
        self,
        *,
        trees=100,
        rows_per_tree=256,
        contamination="auto",
        categorical_features="from_dtype",
        random_state=0,
        n_jobs=None,
        verbose=0,
    ):
        self.trees = trees
        self.rows_per_tree = rows_per_tree
        self.contamination = contamination
        self.categorical_features = categorical_features
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
