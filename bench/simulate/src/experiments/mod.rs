pub(crate) fn studies() -> Vec<crate::study::Study> { Vec::new() }
