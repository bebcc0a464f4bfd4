//! Makes a room of a million messages and measures the search in it: how long each kind of question takes in the store,
//! how large the index is, how fast it is made.
//!
//! `--make-room DIR N` only makes the room, as a data folder for `landline-cli serve`.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts and times, for people to read"
)]

mod talk;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Parser;
use landline_hub::{ChatKey, Scope, Search};
use landline_protocol::Timestamp;
use landline_server::measuring::{Filling, Looking};

use talk::Talk;

/// 2024-01-01; the room's messages are spread over two years from then.
const BEGIN_MS: i64 = 1_704_067_200_000;
const TWO_YEARS_MS: i64 = 2 * 365 * 86_400_000;

/// Times of the search in a room of many messages.
#[derive(Parser)]
struct Options {
    /// Only make a room of N messages in DIR
    #[arg(long, num_args = 2, value_names = ["DIR", "N"])]
    make_room: Option<Vec<String>>,
    /// Messages of the room that is measured
    #[arg(long, default_value_t = 1_000_000)]
    messages: u32,
    /// Where it is made; kept then, and used again
    #[arg(long)]
    room: Option<PathBuf>,
    /// Questions of each kind
    #[arg(long, default_value_t = 200)]
    questions: usize,
    /// Of what is drawn by lot
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if let Some(wish) = &options.make_room {
        let messages = wish[1].parse().context("N is how many messages")?;
        let took = make(Path::new(&wish[0]), messages, options.seed)?;
        println!(
            "{messages} messages in {} in {:.1} s",
            wish[0],
            took.as_secs_f64()
        );
        return Ok(());
    }
    let passing = tempfile::tempdir()?;
    let folder = options.room.as_deref().unwrap_or(passing.path());
    if !folder.join("room.db").exists() {
        let took = make(folder, options.messages, options.seed)?;
        println!("made in {:.1} s", took.as_secs_f64());
    }
    let looking = Looking::into(folder);
    let began = Instant::now();
    looking.index()?;
    let took = began.elapsed();
    let size = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |file| file.len());
    println!(
        "{} messages: log {:.0} MB, index {:.0} MB, indexed in {:.1} s ({:.0} a second)",
        options.messages,
        size("room.db") as f64 / 1e6,
        size("search.db") as f64 / 1e6,
        took.as_secs_f64(),
        f64::from(options.messages) / took.as_secs_f64()
    );
    measure(&looking, &options)
}

/// Fills a room's log.
fn make(folder: &Path, messages: u32, seed: u64) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let mut talk = Talk::new(seed);
    let mut filling = Filling::begin(folder, Timestamp(BEGIN_MS))?;
    for n in 0..messages {
        let said = talk.next();
        let at = BEGIN_MS + TWO_YEARS_MS / i64::from(messages.max(1)) * i64::from(n);
        filling.say(&said.chat, &said.author, &said.text, Timestamp(at))?;
    }
    filling.finish()?;
    Ok(began.elapsed())
}

/// A kind of question, and how one of it is made.
type Kind = (&'static str, fn(&mut Talk, &mut fastrand::Rng) -> Question);

#[derive(Default)]
struct Question {
    text: String,
    chat: Option<ChatKey>,
    /// How many pages to turn first.
    pages: usize,
}

impl Question {
    fn new(text: impl Into<String>) -> Question {
        Question {
            text: text.into(),
            ..Question::default()
        }
    }
}

fn common(talk: &Talk, random: &mut fastrand::Rng) -> String {
    talk.word(random.usize(0..20)).to_owned()
}

fn middle(talk: &Talk, random: &mut fastrand::Rng) -> String {
    talk.word(random.usize(200..3_000)).to_owned()
}

fn rare(talk: &Talk, random: &mut fastrand::Rng) -> String {
    talk.word(random.usize(20_000..50_000)).to_owned()
}

fn begin(word: &str, chars: usize) -> String {
    word.chars().take(chars).collect()
}

const KINDS: [Kind; 22] = [
    ("a frequent word", |talk, random| {
        Question::new(common(talk, random) + " ")
    }),
    ("a usual word", |talk, random| {
        Question::new(middle(talk, random) + " ")
    }),
    ("a rare word", |talk, random| {
        Question::new(rare(talk, random) + " ")
    }),
    ("a word that nobody said", |_, random| {
        Question::new(format!("qqq{} ", random.u32(..)))
    }),
    ("two frequent words", |talk, random| {
        Question::new(format!(
            "{} {} ",
            common(talk, random),
            common(talk, random)
        ))
    }),
    ("frequent and rare", |talk, random| {
        Question::new(format!("{} {} ", common(talk, random), rare(talk, random)))
    }),
    ("two usual words", |talk, random| {
        Question::new(format!(
            "{} {} ",
            middle(talk, random),
            middle(talk, random)
        ))
    }),
    ("a phrase of frequent words", |talk, random| {
        Question::new(format!(
            "\"{} {}\"",
            common(talk, random),
            common(talk, random)
        ))
    }),
    ("a phrase of usual words", |talk, random| {
        Question::new(format!(
            "\"{} {}\"",
            common(talk, random),
            middle(talk, random)
        ))
    }),
    ("a beginning of 2 letters", |talk, random| {
        Question::new(begin(&middle(talk, random), 2))
    }),
    ("a beginning of 3 letters", |talk, random| {
        Question::new(begin(&middle(talk, random), 3))
    }),
    ("a beginning of 4 letters", |talk, random| {
        Question::new(begin(&middle(talk, random), 4))
    }),
    ("a word and a beginning", |talk, random| {
        Question::new(format!(
            "{} {}",
            middle(talk, random),
            begin(&middle(talk, random), 3)
        ))
    }),
    ("an author and a usual word", |talk, random| {
        let name = random.usize(1..60);
        Question::new(format!("from:{name} {} ", middle(talk, random)))
    }),
    ("one topic, a usual word", |talk, random| Question {
        chat: Some(talk.topics[random.usize(0..talk.topics.len())].clone()),
        ..Question::new(middle(talk, random) + " ")
    }),
    ("a day long ago, a frequent word", |talk, random| {
        let day = random.u8(1..28);
        Question::new(format!("on:2024-03-{day:02} {} ", common(talk, random)))
    }),
    ("two signs", |talk, _| Question::new(talk.signs(2))),
    ("one sign", |talk, _| Question::new(talk.signs(1))),
    ("the third page of a frequent word", |talk, random| {
        Question {
            pages: 2,
            ..Question::new(common(talk, random) + " ")
        }
    }),
    ("a phrase of three frequent words", |talk, random| {
        let words = [(); 3].map(|()| common(talk, random));
        Question::new(format!("\"{}\"", words.join(" ")))
    }),
    ("a phrase with a word of some hundred", |talk, random| {
        let less = talk.word(random.usize(200..1_000)).to_owned();
        Question::new(format!("\"{less} {}\"", common(talk, random)))
    }),
    ("a phrase that is being typed", |talk, random| {
        let typed = begin(&middle(talk, random), 3);
        Question::new(format!("\"{} {typed}", common(talk, random)))
    }),
];

fn measure(looking: &Looking, options: &Options) -> anyhow::Result<()> {
    let mut talk = Talk::new(options.seed);
    let mut random = fastrand::Rng::with_seed(options.seed);
    let reader = Some(talk.people[0].user_id);
    let mut all = Vec::new();
    println!(
        "{:<36}{:>9}{:>9}{:>9}{:>8}{:>8}",
        "milliseconds in the store", "p50", "p99", "worst", "hits", "none"
    );
    for (name, question) in KINDS {
        let (mut times, mut hits, mut none) = (Vec::new(), 0, 0);
        for _ in 0..options.questions {
            let question = question(&mut talk, &mut random);
            let scope = Scope {
                reader,
                chat: question.chat.clone(),
            };
            let mut search = asking(&question.text);
            for page in 0..=question.pages {
                let began = Instant::now();
                let found = looking.find(&scope, &search).context("the search failed")?;
                if page == question.pages {
                    times.push(began.elapsed());
                    hits += found.hits.len();
                    none += usize::from(found.hits.is_empty());
                }
                if found.cursor.is_some() {
                    search.cursor = found.cursor;
                }
            }
        }
        times.sort();
        let ms = |part: f64| milliseconds(&times, part);
        println!(
            "{name:<36}{:>9.2}{:>9.2}{:>9.2}{:>8.1}{none:>8}",
            ms(0.5),
            ms(0.99),
            ms(1.0),
            hits as f64 / options.questions as f64
        );
        all.extend(times);
    }
    all.sort();
    println!(
        "{:<36}{:>9.2}{:>9.2}{:>9.2}",
        "all of them",
        milliseconds(&all, 0.5),
        milliseconds(&all, 0.99),
        milliseconds(&all, 1.0)
    );
    Ok(())
}

fn asking(text: &str) -> Search {
    Search {
        search_id: None,
        query: text.into(),
        chat: None,
        from: None,
        after: None,
        before: None,
        offset_minutes: 0,
        limit: 20,
        cursor: None,
    }
}

/// Of sorted times the one that this part of them does not exceed.
fn milliseconds(times: &[Duration], part: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list"
    )]
    let at = ((times.len() as f64 * part).ceil() as usize).clamp(1, times.len());
    times[at - 1].as_secs_f64() * 1e3
}
