//! The cells of one record.

/// The most cells of a record that are kept; more are counted.
const MAX_CELLS: usize = 1 << 20;

/// What was out of place in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Text follows a closing quote.
    Stray,
    /// A cell without an opening quote ends in one.
    Inner,
    /// The last quote is never closed.
    Unclosed,
}

/// Where a cell lies, in the text or, where quotes were taken out of it, in `own`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: usize,
    end: usize,
    is_own: bool,
    is_quoted: bool,
}

/// The cells of one record; used again for the next.
#[derive(Debug)]
pub(super) struct Cells<'t> {
    text: &'t str,
    pub(super) spans: Vec<Span>,
    pub(super) own: String,
    /// Cells beyond those that are kept.
    n_more: usize,
    pub(super) fault: Option<Fault>,
}

impl<'t> Cells<'t> {
    pub(super) fn new(text: &'t str) -> Cells<'t> {
        Cells {
            text,
            spans: Vec::new(),
            own: String::new(),
            n_more: 0,
            fault: None,
        }
    }

    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.own.clear();
        self.n_more = 0;
        self.fault = None;
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len() + self.n_more
    }

    /// The cell at `position`; nothing for one that is not there.
    pub(super) fn get(&self, position: usize) -> &str {
        match self.spans.get(position) {
            Some(span) if span.is_own => self.own.get(span.start..span.end).unwrap_or_default(),
            Some(span) => self.text.get(span.start..span.end).unwrap_or_default(),
            None => "",
        }
    }

    pub(super) fn is_quoted(&self, position: usize) -> bool {
        self.spans.get(position).is_some_and(|span| span.is_quoted)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.spans.len()).map(|position| self.get(position))
    }

    pub(super) fn to_vec(&self) -> Vec<String> {
        self.iter().map(str::to_owned).collect()
    }

    /// Whether the line has nothing on it, not even quotes.
    pub(super) fn is_blank(&self) -> bool {
        match self.spans.as_slice() {
            [] => true,
            [span] => !span.is_quoted && self.get(0).trim().is_empty(),
            _ => false,
        }
    }

    /// Takes these cells in place of its own.
    pub(super) fn replace(&mut self, cells: &[String]) {
        self.clear();
        for cell in cells {
            let start = self.own.len();
            self.own.push_str(cell);
            self.push_own(start, false);
        }
    }

    pub(super) fn push(&mut self, start: usize, end: usize, is_quoted: bool) {
        self.push_span(Span {
            start,
            end,
            is_own: false,
            is_quoted,
        });
    }

    fn push_span(&mut self, span: Span) {
        match self.spans.len() < MAX_CELLS {
            true => self.spans.push(span),
            false => self.n_more += 1,
        }
    }

    pub(super) fn push_own(&mut self, start: usize, is_quoted: bool) {
        self.push_span(Span {
            start,
            end: self.own.len(),
            is_own: true,
            is_quoted,
        });
    }
}
