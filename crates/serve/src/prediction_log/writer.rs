//! The thread that writes: takes what waits, a frame for each bundle and day, and tells who waits for it.

use super::Counts;
use super::gathering::{Batch, Gathering, day_of};
use super::masking::Masking;
use super::segments::{About, Segments};
use crate::rows::Rows;
use crate::telling::{Event, Teller};
use bundle::BundleError;
use bundle::log::Refused;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use table::Table;

#[derive(Debug)]
pub(super) struct Writer {
    gathering: Arc<Gathering>,
    segments: Segments,
    masking: Masking,
    counts: Arc<Counts>,
    teller: Arc<Teller>,
    is_failing: bool,
    /// The rows dropped that were told of.
    told_dropped: u64,
}

impl Writer {
    pub(super) fn new(
        gathering: Arc<Gathering>,
        segments: Segments,
        masking: Masking,
        counts: Arc<Counts>,
        teller: Arc<Teller>,
    ) -> Writer {
        Writer {
            gathering,
            segments,
            masking,
            counts,
            teller,
            is_failing: false,
            told_dropped: 0,
        }
    }

    /// Writes until it is told to close.
    pub(super) fn run(mut self) {
        loop {
            let gathered = self.gathering.gathered();
            for batch in gathered.waiting.batches {
                self.write(batch);
            }
            self.write_refusals(&gathered.waiting.refused);
            self.tell_dropped();
            self.segments.close_old();
            if gathered.is_closed {
                break;
            }
        }
        self.segments.close();
    }

    /// Writes one bundle's rows of a day as a frame; tells who waits.
    fn write(&mut self, batch: Batch) {
        let n_rows = batch.answers.n_rows() as u64;
        let about = About::Answers(batch.model.bundle.hash(), batch.day);
        let done = batch.done;
        let recording = self.masking.recording(&batch.model);
        let written = Rows::joined(&batch.model.inputs, &batch.rows)
            .map_err(BundleError::from)
            .and_then(|rows| batch.answers.into_table(&batch.model.bundle, &rows, &recording))
            .and_then(|records| self.append(about, &records))
            .is_ok();
        let count = match written {
            true => &self.counts.written_rows,
            false => &self.counts.failed_rows,
        };
        count.fetch_add(n_rows, Relaxed);
        for done in done {
            // Who no longer waits has timed out.
            let _ = done.send(written);
        }
    }

    /// Nobody waits for these, and nobody was given what they are about.
    fn write_refusals(&mut self, refused: &[Refused]) {
        for of_day in refused.chunk_by(|one, next| day_of(one.time_micros) == day_of(next.time_micros)) {
            let about = About::Refusals(day_of(of_day[0].time_micros));
            let written = bundle::log::refusals(of_day, self.masking.share())
                .and_then(|table| self.append(about, &table));
            if written.is_err() {
                self.counts.failed_rows.fetch_add(of_day.len() as u64, Relaxed);
            }
        }
    }

    /// Appends rows, and tells when that begins to fail and when it goes on.
    fn append(&mut self, about: About, records: &Table) -> Result<(), BundleError> {
        let appended = self.segments.append(about, records);
        match &appended {
            Err(error) => {
                let event = || Event::log_failing(&error.to_string());
                self.teller.tell_some("log_failing", event);
            }
            Ok(()) if self.is_failing => self.teller.tell(Event::log_recovered()),
            Ok(()) => {}
        }
        self.is_failing = appended.is_err();
        Ok(appended?)
    }

    fn tell_dropped(&mut self) {
        let dropped = self.counts.dropped_rows.load(Relaxed);
        let n_new = dropped - std::mem::replace(&mut self.told_dropped, dropped);
        if 0 < n_new {
            self.teller
                .tell_some("log_dropping", || Event::log_dropping(n_new));
        }
    }
}
