//! `export`: a chat in a file, as a page to read or as lines for programs. It is read page by page, so that a long chat
//! never is in memory as a whole.

mod files;
mod page;
mod source;

use anyhow::bail;
use landline_protocol::frame::History;

use crate::args::Export;
use crate::output;
use files::Files;
use source::Source;

/// Exports one chat.
pub(crate) async fn run(args: Export) -> anyhow::Result<()> {
    let mut source = Source::open(&args).await?;
    let written = write(&args, &mut source).await;
    source.close().await;
    let told = written?;
    output::line(&told)?;
    Ok(())
}

async fn write(args: &Export, source: &mut Source) -> anyhow::Result<String> {
    let mut page = source.page(0).await?;
    let mut files = Files::begin(args, &source.chat, &source.room)?;
    let mut reached = 0;
    loop {
        tell_gap(&mut files, reached, &page)?;
        for message in page
            .messages
            .iter()
            .filter(|message| message.expires_at.is_none())
        {
            files.message(message)?;
            reached = message.seq;
        }
        let goes_on = page.more && !page.messages.is_empty();
        if !goes_on {
            break;
        }
        page = source.page(reached).await?;
    }
    if files.count == 0 && source.must_hold_something {
        bail!("there is nothing in {}", output::plain(&source.chat));
    }
    files.end(&source.chat)
}

/// Between `reached` and the page messages are missing that the room keeps no longer: never without a word.
fn tell_gap(files: &mut Files, reached: u64, page: &History) -> anyhow::Result<()> {
    let begins = page.messages.first().map(|message| message.seq);
    let removed = match (page.oldest, begins) {
        (Some(oldest), _) => oldest > reached + 1,
        (None, Some(begins)) => begins > reached + 1,
        (None, None) => false,
    };
    if removed {
        files.removed(reached == 0)?;
    }
    Ok(())
}
