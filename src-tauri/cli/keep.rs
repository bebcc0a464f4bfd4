//! `--keep`: how long a topic keeps its messages.

use landline_protocol::ValueError;
use landline_server::KeepRule;

/// Reads `TOPIC=30d`, `TOPIC=1000`, `TOPIC=forever` or `TOPIC=usual`; the topic `*` is every one without a rule of its own.
pub(crate) fn rule(text: &str) -> Result<KeepRule, ValueError> {
    const WRONG: ValueError = ValueError(
        "give TOPIC=RULE: a number of days such as sports=30d, of messages such as sports=1000, sports=forever or sports=usual",
    );
    // A topic's name holds no `=`.
    let (topic, rule) = text.split_once('=').ok_or(WRONG)?;
    let keep = match rule {
        "usual" if topic == "*" => return Err(WRONG),
        "usual" => return Ok(KeepRule::AsUsual(topic.parse()?)),
        "forever" => None,
        rule => Some(rule.parse()?),
    };
    Ok(match topic {
        "*" => KeepRule::Usual(keep),
        topic => KeepRule::Own(topic.parse()?, keep),
    })
}

#[cfg(test)]
mod tests {
    use landline_protocol::Keep;

    use super::*;

    #[test]
    fn a_rule_names_its_topic_and_how_long() {
        let sports = || "sports".parse().unwrap();
        for (text, expected) in [
            ("sports=30d", KeepRule::Own(sports(), Some(Keep::Days(30)))),
            (
                "Sports=1000",
                KeepRule::Own(sports(), Some(Keep::Messages(1_000))),
            ),
            ("sports=forever", KeepRule::Own(sports(), None)),
            ("sports=usual", KeepRule::AsUsual(sports())),
            ("*=90d", KeepRule::Usual(Some(Keep::Days(90)))),
            ("*=forever", KeepRule::Usual(None)),
        ] {
            assert_eq!(rule(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "sports",
            "sports=",
            "sports=0d",
            "sports=30h",
            "=30d",
            "a b=30d",
            "*=usual",
        ] {
            assert!(rule(text).is_err(), "{text}");
        }
    }
}
