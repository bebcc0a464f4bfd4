//! Figures that the tests measure: printed, and kept in `test-output/figures.txt`, one line a figure.

use std::path::Path;
use std::time::Duration;

/// Tells a figure; the one of an earlier run gives way.
pub(crate) fn figure(name: &str, value: &str) {
    println!("{name}: {value}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-output");
    let file = folder.join("figures.txt");
    let before = std::fs::read_to_string(&file).unwrap_or_default();
    let start = format!("{name}: ");
    let mut lines: Vec<&str> = before
        .lines()
        .filter(|line| !line.starts_with(&start))
        .collect();
    let line = format!("{start}{value}");
    lines.push(&line);
    let written = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&file, lines.join("\n") + "\n"));
    if let Err(error) = written {
        println!("{} was not written: {error}", file.display());
    }
}

/// Some times, sorted.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Times {
        assert!(!times.is_empty());
        times.sort();
        Times(times)
    }

    /// The time that `percent` of them do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent).div_ceil(100).max(1) - 1]
    }

    pub(crate) fn worst(&self) -> Duration {
        self.0[self.0.len() - 1]
    }
}

/// Milliseconds, with as many digits as say something.
pub(crate) fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 10.0 {
        format!("{ms:.1} ms")
    } else {
        format!("{ms:.0} ms")
    }
}
