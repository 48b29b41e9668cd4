//! Every key of the project file, declared once: the parser, its errors and `docs/project-file.md` follow from here.

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// A text.
    Text,
    /// A whole number of zero or more.
    Whole,
    /// A number.
    Number,
    /// `true` or `false`.
    Truth,
    /// A list of texts.
    Texts,
    /// A table of keys of its own.
    Table,
    /// A number, or a table of keys of its own.
    NumberOrTable,
    /// A text, or a table of numbers by name.
    TextOrNumbers,
    /// A text, or a table of keys of its own.
    TextOrTable,
}

/// One key of one kind of section.
#[derive(Clone, Copy, Debug)]
pub struct KeySpec {
    /// The kind of section: `project`, `data`, ...
    pub section: &'static str,
    /// The key; `*` stands for names that the user chooses.
    pub key: &'static str,
    /// What it holds.
    pub kind: KeyKind,
    /// What holds if it is left out.
    pub default: &'static str,
    /// What it means.
    pub help: &'static str,
}

macro_rules! keys {
    ($($section:literal $key:literal $kind:ident $default:literal $help:literal;)*) => {
        /// Every key.
        pub const KEYS: &[KeySpec] = &[
            $(KeySpec { section: $section, key: $key, kind: KeyKind::$kind, default: $default, help: $help },)*
        ];
    };
}

keys! {
    "project" "name" Text "the folder's name" "What the project is called in pages and records.";
    "project" "seed" Whole "7" "Everything that is drawn is drawn from this.";
    "project" "memory" Text "2GiB" "What queries may hold in memory before they spill to disk, and the most that a source may hold once unpacked: a number with MiB or GiB.";
    "project" "threads" Whole "all cores" "How many threads may work; results do not depend on it.";

    "data" "source" Text "" "A file (csv, tsv, jsonl, parquet, arrow; .gz and .zst; xlsx) from this file's folder, or `sqlite:`, `postgres:`, `s3:`, `gs:`, `az:`, `https:` (docs/sources.md); `${NAME}` is taken from the environment.";
    "data" "table" Text "the only one" "The table of a database that is read.";
    "data" "query" Text "none" "Instead of `table`: a SELECT that the database answers.";
    "data" "sheet" Text "the first with cells" "The sheet of a workbook.";
    "data" "sql" Text "" "A SELECT over other tables of the project; names keep their case.";
    "data" "key" Text "none" "The column that names a row: never a model's input, and the order of training rows.";
    "data" "event_time" Text "none" "The column of days or times at which rows happened: what as-of joins compare where they say no column.";
    "data" "known_at" Text "none" "The column of days or times at which rows became known: as-of joins onto this table see no row before.";
    "data" "private" Texts "[]" "Columns that are never logged by a service, and whose values no story shows.";
    "data" "types" Table "found out" "Kinds for columns: boolean, integer, number, text, date or time.";
    "data" "separator" Text "found out" "What stands between cells of a text file: one to four characters.";
    "data" "quote" Text "found out" "The character that quotes cells; none if empty.";
    "data" "escape" Text "found out" "The character that takes the meaning from a quote behind it, besides doubling it; none if empty.";
    "data" "comment" Text "found out" "The character that comments begin with; none if empty.";
    "data" "skip" Whole "found out" "How many lines to pass over before the table.";
    "data" "header" Whole "found out" "How many lines the header has, 0 for none.";
    "data" "decimal" Text "found out" "What begins the decimals: `.` or `,`.";
    "data" "thousands" Text "any of the usual" "What marks thousands: `,`, `.`, a blank, `'` or `_`.";
    "data" "dates" Text "found out" "The order of days that are not written as ISO 8601 has them: year-month-day, day-month-year or month-day-year.";
    "data" "encoding" Text "found out" "The encoding of a text file, such as windows-1252.";
    "data" "null_words" Texts "NA, null, ..." "Words that mean missing in columns that are not text.";
    "data" "null_texts" Texts "N/A, NULL, #REF!, ..." "Words that mean missing in columns of text.";
    "data" "sentinels" Texts "[]" "Numbers that mean missing, such as [\"-999\"]; likely ones are told.";
    "data" "marked_values" Truth "true" "Whether numbers with marks, such as `$1,234` and `5%`, and days in other than ISO form are read as such.";
    "data" "repairs" Truth "true" "Whether rows with quotes or separators out of place are read again in the way that fits their columns.";
    "data" "renames" Truth "false" "Whether a column with the name of another gets a new one; the file is refused otherwise.";
    "data" "max_columns" Whole "4096" "The most columns that are read.";

    "expect" "type" Text "" "The column's kind: boolean, integer, number, text, date or time.";
    "expect" "required" Truth "false" "No cell is missing.";
    "expect" "min" Number "" "No number is smaller.";
    "expect" "max" Number "" "No number is larger.";
    "expect" "one_of" Texts "" "Every text is one of these.";
    "expect" "matches" Text "" "Every text is matched as a whole by this regular expression.";
    "expect" "unique" Truth "false" "No value appears twice (of the table, not of scored rows).";
    "expect" "null_share" Number "" "At most this share of cells is missing, from 0 to 1 (of the table and of monitor windows).";
    "expect" "fresh" Text "" "The newest day or time is at most so old: a number with s, m, h, d or w (of the table).";
    "expect" "action" Text "quarantine in batch, refuse online" "What happens to a row that breaks a rule: refuse, quarantine or flag.";
    "expect" "min_rows" Whole "" "Under `\"*\"`: the table has at least so many rows.";
    "expect" "max_rows" Whole "" "Under `\"*\"`: the table has at most so many rows.";

    "question" "ask" Text "the two columns" "The question as a person asks it.";
    "question" "outcome" Text "" "The column that may differ: numbers, days and times by their mean, up to 20 frequent values by their shares.";
    "question" "by" Text "" "The column whose groups are compared; numbers, days and times of more than 10 values are cut into four ranges. With a correlation as `method`: the numbers that the outcome goes with.";
    "question" "data" Text "the only or first table" "The table asked.";
    "question" "positive" Text "1, true, yes or the rarest of 10 rows and more" "For an outcome of few values: the one whose share is compared.";
    "question" "method" Text "auto" "The test: auto (as the shape of the data asks), welch or student (means), ranks, permutation (of two groups), chi-square or fisher (counts), pearson, spearman or kendall (correlation of two columns of numbers).";
    "question" "paired" Text "none" "A column that names units: rows of one unit in the groups belong together, as before and after.";
    "question" "against" Number "" "Instead of `by`: the number that the mean, or the share of `positive`, is compared with.";
    "question" "equivalent_within" Number "" "Ask whether two means are nearer than this, instead of whether they differ (two one-sided tests); the difference is in the outcome's unit.";
    "question" "alternative" Text "two-sided" "two-sided, less or greater: the first of two groups against the second, or the outcome against the number.";
    "question" "each_pair" Truth "false" "Compare every two groups too, with p-values that allow for their number.";
    "question" "level" Number "0.95" "The confidence level of the intervals; a corrected p-value below one less it is a finding.";

    "experiment" "ask" Text "the section's name" "The question as a person asks it.";
    "experiment" "data" Text "the only or last table" "The table of units, one row or several for each.";
    "experiment" "unit" Text "each row" "The column that names a unit that was assigned, such as a user.";
    "experiment" "arm" Text "" "The column that names the arm of a row.";
    "experiment" "control" Text "" "The arm that the others are compared with.";
    "experiment" "treatments" Texts "" "The other arms, named before they are seen.";
    "experiment" "allocation" Table "as many to each" "Units to come to each arm, such as `{ control = 3, treatment = 1 }`.";
    "experiment" "primary" Text "the only metric" "The metric that decides; all others are guardrails.";
    "experiment" "alpha" Number "0.05" "The chance of a finding where there is no effect, on both sides together and over all treatments.";
    "experiment" "power" Number "0.8" "The chance of finding the smallest effect of interest.";
    "experiment" "detect" Table "" "The smallest effect of interest on the primary metric: `{ absolute = 0.01 }` in its unit, or `{ relative = 0.05 }` of the baseline.";
    "experiment" "baseline" Table "" "What is known of the primary metric: `{ share = 0.12 }`, `{ mean = 20, sd = 35 }`, or `{ data = \"earlier\" }`, a table of earlier units with the same columns.";
    "experiment" "monitoring" TextOrTable "fixed" "How it is looked at: `fixed`, once at the planned size; `always-valid`, at any time; `{ looks = 5, spending = \"obrien-fleming\" }` (or `pocock`), at planned looks.";
    "experiment" "covariates" Texts "[]" "Columns of numbers known before the experiment; what they explain is taken out of shares, means and ratios (CUPED).";
    "experiment" "strata" Text "none" "A column known before the experiment, over whose values arms are averaged alike (post-stratification); instead of covariates.";
    "experiment" "segments" Texts "[]" "Columns by whose values the primary effect is looked at, with control of false discoveries.";
    "experiment" "agree" Table "none" "What must have been shown to each arm: `{ column = \"landing_page\", control = \"old_page\", treatment = \"new_page\" }`, with a key for each arm.";
    "experiment" "correction" Text "holm" "The correction over the treatments of the primary metric, and over all comparisons of the others: holm, bonferroni, benjamini-hochberg or none.";
    "experiment" "metrics" Table "" "The metrics, a section `[experiment.NAME.metrics.METRIC]` each.";

    "experiment.metrics" "kind" Text "" "proportion (of units with a success), mean (over units; the rows of a unit are added up), ratio (of two sums, by the delta method) or quantile (of the rows).";
    "experiment.metrics" "column" Text "the metric's name" "The column.";
    "experiment.metrics" "positive" Text "1 or true" "For a proportion: the value that is a success.";
    "experiment.metrics" "per" Text "" "For a ratio: the column below the line.";
    "experiment.metrics" "at" Number "" "For a quantile: which, such as 0.9.";
    "experiment.metrics" "better" Text "higher" "Whether `higher` or `lower` is better.";
    "experiment.metrics" "cap" Number "none" "For a mean or ratio: a unit's larger values are cut to this.";

    "model" "task" Text "found out" "classification, regression, ranking or anomaly (the last without a target).";
    "model" "data" Text "the only or last table" "The table learnt from.";
    "model" "target" Text "" "The column to predict; for ranking, how well a row answers its query, from 0 to 31.";
    "model" "query" Text "" "For ranking: the column that names the query of a row; the rows of a query stay in one fold.";
    "model" "contamination" Number "from a score of one half on" "For anomalies: the share of rows to be flagged, from 0 to 0.5.";
    "model" "positive" Text "the rarer class" "For two classes: the one whose probability is given.";
    "model" "trainer" Text "auto" "boost, forest, extra_trees, linear, isolation or baseline (docs/trainers.md); auto tries boost, linear and baseline on the same folds and keeps the best, and takes isolation for anomalies.";
    "model" "folds" Whole "5" "How many folds judge the model, 2 to 20.";
    "model" "group" Text "none" "Rows with the same value of this column stay in one fold.";
    "model" "time" Text "none" "Folds go forward in time along this date or time column.";
    "model" "weight" Text "none" "A column of weights, zero or more; a whole weight equals repeated rows.";
    "model" "class_weight" TextOrNumbers "1 each" "How much the rows of a class count in training, beside their weight: `balanced`, so that all classes count alike, or `{ Yes = 2.5 }`. What is told is calibrated and judged without it.";
    "model" "continue_from" Text "none" "A bundle of boosted trees to continue from: its recipe is kept, and new trees are added to its own.";
    "model" "exclude" Texts "[]" "Columns that the model must not see.";
    "model" "decide" Table "more likely than not" "{ gain, cost }: act where it pays; or { capacity }: the likeliest share of rows, from 0 to 1.";
    "model" "intervals" NumberOrTable "none" "For numbers and quantiles: the share of rows whose truth prediction intervals hold, such as `0.9`; or `{ level = 0.9, by = \"segment\" }`, where groups seen often enough have intervals of their own, and callers send that column even if the model does not see it. Fitted on the folds (conformal), and checked.";
    "model" "features" Table "none" "Row-wise expressions by name: part of the recipe, the same code online.";
    "model" "params" Table "good defaults" "The trainer's parameters (docs/trainers.md).";
    "model" "budget" Text "none: good defaults" "For boosted trees: search parameters and rounds for so long at most, a number with s, m or h. What the search decides is kept in spanwise.lock, and taken from there as long as table, section and seed stay as they are.";

    "why" "ask" Text "the number and the periods" "The question as a person asks it.";
    "why" "data" Text "the first table" "The table asked; the period after, where `before_data` is the one before.";
    "why" "metric" Text "count" "The number: count (of rows), sum, mean, rate (share of a class) or ratio.";
    "why" "of" Text "none" "The number's column; none for a count.";
    "why" "per" Text "none" "The column below, for a ratio: the sum of `of` over the sum of this.";
    "why" "positive" Text "yes, true, 1 or the greater of two classes" "The class whose share is a rate.";
    "why" "by" Text "none" "The column that tells the two periods or groups apart.";
    "why" "before" Text "" "What `by` says before: a value; for days a day, month or year, or two with ` to ` between.";
    "why" "after" Text "" "What `by` says after.";
    "why" "before_data" Text "none" "Instead of `by`: the table of the period before.";
    "why" "dimensions" Texts "all of use" "The columns to look at.";
    "why" "exclude" Texts "[]" "Columns never to look at.";
    "why" "cluster" Text "none" "The column of a customer, store or day whose rows move together; intervals and p-values then allow for it.";
    "why" "weight" Text "none" "A column of weights, 0 or more.";
    "why" "level" Number "0.95" "The confidence level of the intervals; one less it is the chance of naming any segment where none moved.";

    "report" "title" Text "the section's name" "The story's title.";
    "report" "models" Texts "all" "The models told about.";
    "report" "questions" Texts "all" "The questions told about.";
    "report" "changes" Texts "all" "The sections `[why.*]` told about.";

    "service" "model" Text "" "A model of the project with an alias or version, such as `churn@champion`.";
    "service" "address" Text "127.0.0.1:8080" "Where it listens; off loopback, keys are required.";
    "service" "challenger" Text "none" "A version that answers a share of the requests, such as `churn@challenger`; an alias that is not set yet is taken up once it is.";
    "service" "share" Number "0.1" "The challenger's share of keys (`X-Spanwise-Key`, else `X-Request-Id`), above 0 and below 1.";
    "service" "guard" Table "none" "How far the challenger may be from the champion, and what is done then; its keys below.";
    "service.guard" "false_decisions" Number "0.05" "The probability, over all looks and guardrails, that a challenger within all limits is ever rolled back or one beyond a limit is ever promoted.";
    "service.guard" "error_rate" Number "not looked at" "By how much the challenger's share of refused requests may be higher, such as 0.005.";
    "service.guard" "latency" Number "not looked at" "How many times the champion's durations the challenger's may be (geometric means of answered requests), above 1, such as 1.2.";
    "service.guard" "score_shift" Number "not looked at" "By how much the mean of the challenger's answers (probabilities of the positive class, or predicted numbers) may be higher or lower, such as 0.05.";
    "service.guard" "min_requests" Whole "100" "Before each version has had so many requests nothing is decided.";
    "service.guard" "act" Text "tell" "What the service may do by itself: promote (the challenger becomes champion), rollback (its requests go back to the champion), both or tell (neither).";
    "service" "shadow" Text "none" "A version that is asked what the champion answered and answers nobody, such as `churn@candidate`: its differences are counted.";
    "service" "watch" Text "2s" "How often is looked whether aliases stand for other versions: a number with s, m, h, d or w, or `never`.";
    "service" "grpc_address" Text "" "A second address for the same, for platforms that expect gRPC on a port of its own; gRPC is spoken on `address` too.";
    "service" "certificate" Text "none: in clear" "The certificates that the service shows over TLS, a PEM file, its own first; read again when it changes.";
    "service" "key" Text "" "The private key of the certificate, a PEM file; read again when it changes.";
    "service" "client_ca" Text "none" "Certificates of those who sign for clients, a PEM file; only clients with such a certificate are let in.";
    "service" "keys" Text "none" "The keys file: hashes of keys, each with the models that it may ask (`spanwise key new`).";
    "service" "jwt" Table "none" "{ issuer, audience, keys, models_claim }: tokens of an issuer whose public keys stand in a file (JWKS); the claim `spanwise_models` lists the models that a token may ask.";
    "service" "max_in_flight" Whole "512" "The most scoring requests under way at a time; further ones are told to come later, with status 429.";
    "service" "memory" Text "" "About the most memory that bundles may take together, a number with MiB or GiB: those asked for longest ago are dropped for others and loaded again when somebody asks.";
    "service" "log" Text "sampled" "sampled (never blocks), audit (nothing answered is lost) or off.";
    "service" "sample" Number "1" "The share of requests that is logged, above 0 and at most 1, taken by the hash of their names, so that it is the same everywhere; each row says it.";
    "service" "mask" Texts "[]" "Inputs whose values are not logged: as hashes with a key made from SPANWISE_MASK_KEY, or not at all without it.";
    "service" "keep" Text "for ever" "After so long a day of the log is removed: a number with s, m, h, d or w, such as `90d`.";
    "service" "price" Text "none" "What resources cost, such as `0.05 USD/cpu-hour, 0.09 USD/GB`: then it is told what a million predictions cost.";
    "service" "log_format" Text "text" "The form of the service's own lines: text, or json for an object a line.";
    "service" "log_level" Text "info" "The least of what the service tells of itself: info, warn, error or off.";
    "service" "access_log" Text "none" "A file for a line a request, or `-` for standard output.";
    "service" "otlp" Text "what OTEL_EXPORTER_OTLP_ENDPOINT says" "Where traces and logs go for OpenTelemetry (OTLP over HTTP), such as `http://127.0.0.1:4318`.";
    "service" "audit_log" Text "none" "A file for who changed what and who was refused, each line with the hash of the line before (`spanwise audit verify`).";

    "score" "model" Text "the section's name" "The model that scores, with an alias or version.";
    "score" "input" Texts "required" "What is scored by `spanwise score NAME`: files, folders (all tables below them) and patterns such as `in/**/*.csv`.";
    "score" "out" Text "`scores/NAME`" "The folder of the outputs, one for each file; begun again, a run goes on where it stopped.";
    "score" "format" Text "that of each input" "The format of the outputs: csv, tsv, jsonl, parquet or arrow.";
    "score" "keep" Texts "all" "Columns of the inputs to carry along.";
    "score" "reasons" Whole "0" "How many reasons to give with each row.";
    "score" "interactions" Whole "0" "How many pairs of features that act together to give with each row.";

    "monitor" "model" Text "the section's name" "The model watched, with an alias or version.";
    "monitor" "window" Text "1d" "How much of the log is compared at once: a number with s, m, h, d or w.";
    "monitor" "false_alarms" Text "1 per 12 weeks" "How many false alarms are bearable: `N per M days|weeks`.";
    "monitor" "floor" Number "0.1" "A difference smaller than this effect size, from 0 to 1, never alarms, however sure.";
}

/// The names of the sections.
pub(crate) const SECTIONS: [&str; 11] = [
    "project",
    "data",
    "expect",
    "question",
    "why",
    "experiment",
    "model",
    "report",
    "service",
    "score",
    "monitor",
];

/// The declarations of one section.
pub(crate) fn keys_of(section: &str) -> impl Iterator<Item = &'static KeySpec> {
    KEYS.iter().filter(move |spec| spec.section == section)
}

impl KeyKind {
    /// The kind in words.
    pub fn words(self) -> &'static str {
        match self {
            KeyKind::Text => "a text",
            KeyKind::Whole => "a whole number of zero or more",
            KeyKind::Number => "a number",
            KeyKind::Truth => "true or false",
            KeyKind::Texts => "a list of texts",
            KeyKind::Table => "a table",
            KeyKind::NumberOrTable => "a number or a table",
            KeyKind::TextOrNumbers => "a text or a table of numbers",
            KeyKind::TextOrTable => "a text or a table",
        }
    }
}

/// The reference page in Markdown, as `docs/project-file.md` holds it.
pub fn reference_page() -> String {
    let mut page = String::from(
        "# The project file\n\nMade from the declarations in `crates/project/src/file/keys.rs` by `cargo xtask docs`; do not edit.\n\
         Unknown keys are errors with the nearest known name.\n",
    );
    let with_inner = |section: &'static str| match section {
        "experiment" => vec!["experiment", "experiment.metrics"],
        "service" => vec!["service", "service.guard"],
        other => vec![other],
    };
    for section in SECTIONS.into_iter().flat_map(with_inner) {
        let title = match section {
            "project" => "[project]".to_owned(),
            "experiment.metrics" => "[experiment.NAME.metrics.METRIC]".to_owned(),
            "service.guard" => "[service.NAME.guard]".to_owned(),
            "expect" => "[expect.TABLE], a table of rules per column".to_owned(),
            named => format!("[{named}.NAME]"),
        };
        page.push_str(&format!(
            "\n## {title}\n\n| key | holds | default | meaning |\n|---|---|---|---|\n"
        ));
        for spec in keys_of(section) {
            page.push_str(&format!(
                "| `{}` | {} | {} | {} |\n",
                spec.key,
                spec.kind.words(),
                spec.default,
                spec.help
            ));
        }
    }
    page
}
