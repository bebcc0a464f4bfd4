//! What the people of a made-up room say: words as rare and as frequent as those of a language, some of it in Japanese.

use landline_hub::{ChatKey, Person};
use landline_protocol::{DisplayName, UserId, Via};
use uuid::Uuid;

/// Words there are. The n-th is said 1/n as often as the first.
const WORDS: usize = 50_000;
/// Signs there are, by the same rule.
const SIGNS: usize = 2_000;
const PEOPLE: u128 = 60;
const TOPICS: usize = 12;
const DIRECT_CHATS: usize = 40;

/// One message.
pub(crate) struct Said {
    pub(crate) chat: ChatKey,
    pub(crate) author: Person,
    pub(crate) text: String,
}

/// Whoever talks.
pub(crate) struct Talk {
    random: fastrand::Rng,
    words: Vec<String>,
    /// How often a word of this rank or a more frequent one is said.
    word_ranks: Vec<f64>,
    sign_ranks: Vec<f64>,
    pub(crate) people: Vec<Person>,
    pub(crate) topics: Vec<ChatKey>,
    direct: Vec<(usize, usize)>,
}

impl Talk {
    pub(crate) fn new(seed: u64) -> Talk {
        let mut random = fastrand::Rng::with_seed(seed);
        let person = |n: u128| Person {
            user_id: UserId(Uuid::from_u128(
                0x0198_f3a2_7c11_7d3e_9c4b_0000_0000_0000 + n,
            )),
            name: DisplayName::lenient(&format!("Person {n}")),
            via: Via::App,
        };
        let people: Vec<Person> = (1..=PEOPLE).map(person).collect();
        let topic = |n: usize| {
            let name = if n == 0 {
                "lobby".to_owned()
            } else {
                format!("topic-{n}")
            };
            name.parse().ok().map(ChatKey::Topic)
        };
        let direct = (0..DIRECT_CHATS)
            .map(|n| {
                let one = random.usize(0..people.len());
                (one, (one + 1 + n) % people.len())
            })
            .collect();
        let words = (0..WORDS).map(|rank| word(rank, &mut random)).collect();
        Talk {
            words,
            word_ranks: ranks(WORDS),
            sign_ranks: ranks(SIGNS),
            people,
            topics: (0..TOPICS).filter_map(topic).collect(),
            direct,
            random,
        }
    }

    /// The word of this rank, the most frequent is 0.
    pub(crate) fn word(&self, rank: usize) -> &str {
        &self.words[rank.min(WORDS - 1)]
    }

    /// The next message.
    pub(crate) fn next(&mut self) -> Said {
        let (chat, author) = if self.random.u8(0..100) < 85 {
            // The first topics are the busiest.
            let busy = self.random.f64();
            let topic = &self.topics[index(busy * busy * self.topics.len() as f64)];
            let author = self.random.usize(0..self.people.len());
            (topic.clone(), author)
        } else {
            let (one, other) = self.direct[self.random.usize(0..self.direct.len())];
            let author = if self.random.bool() { one } else { other };
            let [one, other] = [one, other].map(|n| self.people[n].user_id);
            (ChatKey::direct(one, other), author)
        };
        let text = if self.random.u8(0..100) < 6 {
            let length = self.random.usize(2..40);
            self.signs(length)
        } else {
            self.sentence()
        };
        Said {
            chat,
            author: self.people[author].clone(),
            text,
        }
    }

    /// Signs in a row.
    pub(crate) fn signs(&mut self, length: usize) -> String {
        let sign = |random: &mut fastrand::Rng| {
            let rank = rank(&self.sign_ranks, random.f64());
            // Kana first, as in any text, then Han.
            let code = if rank < 80 {
                0x3041 + rank
            } else {
                0x4e00 + rank * 7
            };
            u32::try_from(code).ok().and_then(char::from_u32)
        };
        (0..length).filter_map(|_| sign(&mut self.random)).collect()
    }

    fn sentence(&mut self) -> String {
        let length = 1 + self.random.usize(0..9) + self.random.usize(0..9);
        let mut text = String::new();
        for n in 0..length {
            if n > 0 {
                text.push_str(if self.random.u8(0..12) == 0 {
                    ", "
                } else {
                    " "
                });
            }
            let rank = rank(&self.word_ranks, self.random.f64());
            text.push_str(&self.words[rank]);
        }
        if self.random.bool() {
            text.push('.');
        }
        text
    }
}

/// The most frequent words are short, and no two are the same. Some have accents.
fn word(rank: usize, random: &mut fastrand::Rng) -> String {
    const FIRST: [&str; 20] = [
        "b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "ch", "sh", "st",
        "tr", "j", "h",
    ];
    const SECOND: [&str; 12] = [
        "a", "e", "i", "o", "u", "ai", "ea", "ou", "é", "ä", "ö", "an",
    ];
    let mut left = rank;
    let mut word = String::new();
    loop {
        word.push_str(FIRST[left % FIRST.len()]);
        left /= FIRST.len();
        word.push_str(SECOND[left % SECOND.len()]);
        left /= SECOND.len();
        if left == 0 {
            break;
        }
        left -= 1;
    }
    // A third ends in a consonant, which makes beginnings that several share.
    if random.u8(0..3) == 0 {
        word.push('x');
        word.push_str(&rank.to_string());
    }
    word
}

fn ranks(count: usize) -> Vec<f64> {
    let mut sum = 0.0;
    let mut ranks: Vec<f64> = (1..=count)
        .map(|n| {
            sum += 1.0 / n as f64;
            sum
        })
        .collect();
    for rank in &mut ranks {
        *rank /= sum;
    }
    ranks
}

fn rank(ranks: &[f64], at: f64) -> usize {
    ranks
        .partition_point(|rank| *rank < at)
        .min(ranks.len() - 1)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small number that is not negative"
)]
fn index(at: f64) -> usize {
    at as usize
}
