// Generated from src-tauri/protocol by `cargo xtask types`. Do not edit.
/* eslint-disable */

export type Access = "open" | "locked";

export type Boot = {
/**
 * My id.
 */
user_id: UserId,
/**
 * My name; absent at the first start.
 */
display_name?: string,
/**
 * What the system calls this person, to fill the field in.
 */
suggested_name: string,
/**
 * How things are set.
 */
settings: Settings,
/**
 * The program's version.
 */
version: string, };

export type ChatHead = {
/**
 * The topic …
 */
topic?: TopicName,
/**
 * … or the other.
 */
with?: UserId,
/**
 * Epoch of the newest message.
 */
epoch: Epoch,
/**
 * Its `seq`.
 */
seq: number, };

export type ChatOpened = {
/**
 * A UUID v4.
 */
chat_id: string,
/**
 * The two, the opener first.
 */
participants: [UserId, UserId],
/**
 * The other side, seen from you.
 */
target_user_id: UserId,
/**
 * What to call them.
 */
target_display_name: DisplayName, };

export type ClientFrame = { "type": "HELLO", "data": Hello } | { "type": "JOIN_TOPIC", "data": JoinTopic } | { "type": "LEAVE_TOPIC", "data": TopicOnly } | { "type": "LIST_TOPICS", "data": Empty } | { "type": "LIST_DIRECT", "data": Empty } | { "type": "LIST_MEMBERS", "data": ListMembers } | { "type": "FIND_PEOPLE", "data": FindPeople } | { "type": "OPEN_CHAT", "data": OpenChat } | { "type": "MSG", "data": Draft } | { "type": "HISTORY", "data": HistoryRequest } | { "type": "SEARCH", "data": SearchRequest } | { "type": "RESUME", "data": ResumeRequest } | { "type": "MARK_READ", "data": MarkRead } | { "type": "SEEN_BY", "data": SeenByRequest } | { "type": "TYPING", "data": TypingNotice } | { "type": "FIND_PAIR", "data": Empty } | { "type": "LEAVE_PAIR", "data": Empty } | { "type": "PING", "data": Empty } | { "type": "MSG_ACK", "data": Empty } | { "type": "PONG", "data": Empty };

export type Code = "UNAUTHORIZED" | "VALIDATION" | "UNKNOWN_TYPE" | "USER_NOT_FOUND" | "NOT_HERE" | "TOPIC_NOT_FOUND" | "NOT_IN_TOPIC" | "MESSAGE_CONFLICT" | "RATE_LIMITED" | "BUSY" | "READ_ONLY" | "LIMIT_REACHED" | "INTERNAL";

export type Connection = { "state": "connecting" } | { "state": "online",
/**
 * Where the server is.
 */
address: string,
/**
 * What it says of the room.
 */
room: RoomInfo, } | { "state": "waiting",
/**
 * Why.
 */
reason: WaitReason,
/**
 * A sentence for the details, such as the system's error.
 */
detail: string,
/**
 * When the next try comes, in milliseconds from now.
 */
retry_in_ms: number, } | { "state": "refused",
/**
 * Why.
 */
reason: RefuseReason,
/**
 * The server's words.
 */
detail: string, } | { "state": "left" };

export type Details = {
/**
 * The field that breaks a rule.
 */
field?: string,
/**
 * The message that was refused.
 */
message_id?: string,
/**
 * When to try again, in milliseconds.
 */
retry_after_ms?: number,
/**
 * Send this message first: everything after it is refused until then, so that your order stays yours.
 */
retry_from?: string,
/**
 * The topic it is about.
 */
topic?: string,
/**
 * The search that was refused.
 */
search_id?: number, };

export type Direct = {
/**
 * The chats that hold a message, the newest talk first.
 */
chats: Array<DirectInfo>,
/**
 * True: this is the list. False: this is new.
 */
complete: boolean, };

export type DirectInfo = {
/**
 * The other's id.
 */
with: UserId,
/**
 * What to call them.
 */
display_name: DisplayName,
/**
 * Epoch of the newest message.
 */
epoch: Epoch,
/**
 * Its `seq`.
 */
seq: number,
/**
 * What you have read.
 */
read: number,
/**
 * What the other has read; absent: nothing.
 */
seen?: number, };

export type DisplayName = string;

export type Draft = {
/**
 * The topic, which the session has joined.
 */
topic?: string,
/**
 * The other's `user_id`.
 */
to?: string,
/**
 * The text: 1 byte to 16 KiB.
 */
content: string,
/**
 * The client's id for it, 1 to 128 characters; without one the server makes one, and a resend is a new message.
 */
message_id?: string, };

export type Empty = Record<symbol, never>;

export type EntryKind = "text" | "lost";

export type Epoch = string;

export type FindPeople = {
/**
 * Part of the name, of whatever case; absent: everybody who is here.
 */
text?: string,
/**
 * The last `user_id` of the page before.
 */
after?: string, };

export type Found = {
/**
 * As asked.
 */
search_id?: number,
/**
 * The best first; each is one that you may read in `HISTORY`.
 */
hits: Array<Hit>,
/**
 * Whether to ask again with `cursor`. A page may be shorter than asked for, even empty, and have more.
 */
more: boolean,
/**
 * Where to go on.
 */
cursor?: string,
/**
 * Messages that were not looked at because they are not indexed yet; absent if there are none.
 */
pending?: number, };

export type Hello = {
/**
 * A UUID of the client's making, kept for this room.
 */
user_id: string,
/**
 * 3 to 50 characters.
 */
display_name: string,
/**
 * A secret of the client's making, 16 to 128 bytes, one a room. Once given, the `user_id` is its own.
 */
token?: string,
/**
 * `"app"` from the desktop app; anything else counts as a script.
 */
client?: string, };

export type HelloAck = {
/**
 * Your id as the server writes it.
 */
user_id: UserId,
/**
 * `"connected"`.
 */
status: string,
/**
 * How you came.
 */
via: Via,
/**
 * Where you are.
 */
room: RoomInfo,
/**
 * The room's epoch: a position of another one needs `RESUME`.
 */
epoch: Epoch,
/**
 * The host's clock: what remains of a disappearing message is `expires_at` less this, not less your own.
 */
time: Timestamp,
/**
 * What the server holds you to.
 */
limits: Limits, };

export type History = {
/**
 * The topic …
 */
topic?: TopicName,
/**
 * … or the other.
 */
with?: UserId,
/**
 * As asked.
 */
before?: number,
/**
 * As asked.
 */
after?: number,
/**
 * As asked.
 */
around?: number,
/**
 * As asked.
 */
at?: Timestamp,
/**
 * Oldest first.
 */
messages: Array<Message>,
/**
 * `seq` of the oldest message that is kept; what was before it was removed. Absent: nothing was.
 */
oldest?: number,
/**
 * Whether there are more in the direction that was asked for; with `around` and `at`, after the page.
 */
more: boolean, };

export type HistoryRequest = {
/**
 * The topic.
 */
topic?: string,
/**
 * The other's `user_id`.
 */
with?: string,
/**
 * Messages before this `seq`, the newest of them. None of the four: the newest of all.
 */
before?: number,
/**
 * Messages after this `seq`, the oldest of them.
 */
after?: number,
/**
 * Messages around this `seq`: half of the page before it, it, and the rest after it.
 */
around?: number,
/**
 * Messages around the first that the host took at this time or later, RFC 3339.
 */
at?: string,
/**
 * 1 to 500; 50 if absent.
 */
limit?: number, };

export type Hit = {
/**
 * The topic …
 */
topic?: TopicName,
/**
 * … or the other in the direct chat.
 */
with?: UserId,
/**
 * Who said it.
 */
from: UserId,
/**
 * What they were called.
 */
display_name: DisplayName,
/**
 * How they came.
 */
via: Via,
/**
 * What kind of entry it is.
 */
kind: EntryKind,
/**
 * The sender's id for it.
 */
message_id: MessageId,
/**
 * The life of the log it was written in.
 */
epoch: Epoch,
/**
 * Its place in the chat.
 */
seq: number,
/**
 * When the host took it.
 */
timestamp: Timestamp,
/**
 * The part of its text that matches; `…` where it was cut. It is text, never HTML.
 */
snippet: string,
/**
 * What to mark in `snippet`: from and to, counted in Unicode characters (code points). Rising, apart from each other.
 */
ranges: Array<[number, number]>, };

export type Hosting = {
/**
 * Its id.
 */
room_id: string,
/**
 * Its name, as really announced.
 */
name: string,
/**
 * `http://IP:port` for each network, the likeliest first.
 */
urls: Array<string>,
/**
 * The first of them as a QR code: an SVG document.
 */
qr_svg: string,
/**
 * Whether it is announced.
 */
visible: boolean,
/**
 * Since when.
 */
since: Timestamp,
/**
 * How long its topics keep their messages.
 */
keeps: Keeps,
/**
 * What went wrong without stopping the room, such as a database that was moved aside.
 */
warnings: Array<string>, };

export type JoinTopic = {
/**
 * The topic's name.
 */
topic: string,
/**
 * Only if it has to be made: its messages disappear after so many seconds, 5 to 86,400, and are never stored.
 */
ttl?: number, };

export type Keep = { "days": number } | { "messages": number };

export type Keeps = {
/**
 * How long the topics without a rule of their own keep their messages. Absent: for ever.
 */
usual?: Keep,
/**
 * Those with a rule of their own, by name.
 */
topics: Array<TopicKeep>, };

export type KnownRoom = {
/**
 * Its id.
 */
room_id: string,
/**
 * Its name when last seen.
 */
name: string,
/**
 * The address that worked last.
 */
address: string,
/**
 * When this app was last connected to it.
 */
last_seen: Timestamp,
/**
 * Whether this app stays in it (connects by itself).
 */
joined: boolean,
/**
 * Whether this app hosts it.
 */
hosted: boolean, };

export type Limits = {
/**
 * Longest text, in bytes.
 */
text_bytes: number,
/**
 * Messages at once; 0: no limit.
 */
messages_burst: number,
/**
 * Messages a second over time; 0: no limit.
 */
messages_per_second: number,
/**
 * Messages that may wait for their acknowledgement.
 */
in_flight: number, };

export type ListMembers = {
/**
 * The topic's name.
 */
topic: string,
/**
 * The last `user_id` of the page before.
 */
after?: string, };

export type MarkRead = {
/**
 * The topic.
 */
topic?: string,
/**
 * The other's `user_id`.
 */
with?: string,
/**
 * The newest `seq` that was read. It only rises.
 */
seq: number, };

export type Marker = {
/**
 * Who.
 */
user_id: UserId,
/**
 * The newest `seq` they have read.
 */
seq: number, };

export type MemberInfo = {
/**
 * The person's id.
 */
user_id: UserId,
/**
 * What to call them.
 */
display_name: DisplayName, };

export type Members = {
/**
 * The topic.
 */
topic: TopicName,
/**
 * A page of them, in the order of their ids.
 */
members: Array<MemberInfo>,
/**
 * Whether more follow.
 */
more: boolean, };

export type Message = {
/**
 * Who said it.
 */
from: UserId,
/**
 * What they were called.
 */
display_name: DisplayName,
/**
 * How they came.
 */
via: Via,
/**
 * The topic …
 */
topic?: TopicName,
/**
 * … or the one it was said to.
 */
to?: UserId,
/**
 * What kind of entry this is.
 */
kind: EntryKind,
/**
 * The text, as it was sent.
 */
content: string,
/**
 * The sender's id for it.
 */
message_id: MessageId,
/**
 * The life of the log it was written in.
 */
epoch: Epoch,
/**
 * Its place in the chat.
 */
seq: number,
/**
 * When the host took it.
 */
timestamp: Timestamp,
/**
 * It disappears then, by the host's clock, and has no place of its own in the log: it stands behind the message
 * with this `seq` and moves nobody's position. It is known by `from` and `message_id`.
 */
expires_at?: Timestamp,
/**
 * Present with `expires_at`: the order of those that stand behind the same `seq`. Rises; not dense.
 */
order?: number, };

export type MessageId = string;

export type MsgAck = {
/**
 * Which message.
 */
message_id: MessageId,
/**
 * Where it is.
 */
epoch: Epoch,
/**
 * See `epoch`.
 */
seq: number,
/**
 * `"stored"`: on the host's disk. `"sent"`: it disappears, and is in memory only.
 */
status: string,
/**
 * True if it was there already.
 */
dup?: boolean, };

export type OpenChat = {
/**
 * The other's id.
 */
target_user_id: string,
/**
 * Ignored: the server uses the name it knows.
 */
target_display_name?: string, };

export type OutboxMessage = {
/**
 * My id for it.
 */
message_id: string,
/**
 * The topic …
 */
topic?: string,
/**
 * … or whom it is for.
 */
to?: string,
/**
 * The text.
 */
content: string,
/**
 * When it was written, by this device's clock.
 */
written_at: Timestamp,
/**
 * How it stands.
 */
state: OutboxState,
/**
 * Why it failed.
 */
error?: string,
/**
 * It is for a disappearing topic: it waits in memory only, and is gone when the app ends.
 */
in_memory?: boolean, };

export type OutboxState = "queued" | "sent" | "failed";

export type Pair = {
/**
 * How it stands.
 */
state: PairState,
/**
 * With whom; absent while waiting, and when there was nobody.
 */
with?: UserId,
/**
 * What to call them.
 */
display_name?: DisplayName, };

export type PairState = "waiting" | "paired" | "left" | "off";

export type People = {
/**
 * As asked.
 */
text?: string,
/**
 * A page of them: those who are here first, then those who are not, each by name.
 */
users: Array<UserInfo>,
/**
 * Whether more follow.
 */
more: boolean, };

export type PlatformEvent = { "type": "frame",
/**
 * Which room: its `room_id`.
 */
room: string,
/**
 * What it sent.
 */
frame: ServerFrame, } | { "type": "connection",
/**
 * Which room.
 */
room: string,
/**
 * How it stands.
 */
connection: Connection, } | { "type": "outbox",
/**
 * Which room.
 */
room: string,
/**
 * The message.
 */
message: OutboxMessage, } | { "type": "discarded",
/**
 * Which room.
 */
room: string,
/**
 * Which message.
 */
message_id: string, } | { "type": "around",
/**
 * Sorted by name.
 */
rooms: Array<RoomAround>, } | { "type": "rooms",
/**
 * The newest visit first.
 */
rooms: Array<KnownRoom>, } | { "type": "hosting",
/**
 * Absent: nothing.
 */
hosting: Hosting | null, } | { "type": "show",
/**
 * Which room.
 */
room: string,
/**
 * Which topic …
 */
topic?: string,
/**
 * … or whose direct chat.
 */
with?: string, };

export type Pong = {
/**
 * The host's clock.
 */
timestamp: Timestamp,
/**
 * The chats of this session that have grown since its last `PING`, and where their logs end. All that this session
 * was to get up to there was sent before.
 */
heads?: Array<ChatHead>, };

export type Presence = {
/**
 * The people.
 */
users: Array<UserInfo>,
/**
 * True: forget what you knew, this is the list, oldest first. False: what changed since.
 */
complete: boolean,
/**
 * More than `NAMED_MAX` people are here, so many. You are told then of the first of them and of those you have a
 * direct chat with; the others by `FIND_PEOPLE`.
 */
total?: number, };

export type Read = {
/**
 * The topic …
 */
topic?: TopicName,
/**
 * … or the other.
 */
with?: UserId,
/**
 * Who read.
 */
user_id: UserId,
/**
 * The newest `seq` read.
 */
seq: number, };

export type Refusal = {
/**
 * What a program acts on.
 */
code: Code,
/**
 * What a person reads.
 */
message: string,
/**
 * What the refusal is about.
 */
details: Details, };

export type RefuseReason = "identity" | "kicked" | "locked" | "version" | "not_landline";

export type ResumeRequest = {
/**
 * The topic.
 */
topic?: string,
/**
 * The other's `user_id`.
 */
with?: string,
/**
 * The epoch of the last message the client holds.
 */
epoch: string,
/**
 * Its `seq`.
 */
seq: number, };

export type Resumed = {
/**
 * The topic …
 */
topic?: TopicName,
/**
 * … or the other.
 */
with?: UserId,
/**
 * True: `messages` follow your position without a hole. False: your position is of a log that is gone, or what came
 * after it was removed (`oldest` is beyond it then); drop what you hold, `messages` is the newest page.
 */
recovered: boolean,
/**
 * `seq` of the oldest message that is kept; what was before it was removed. Absent: nothing was.
 */
oldest?: number,
/**
 * Your position now: that of the last message, or the one you gave.
 */
epoch: Epoch,
/**
 * See `epoch`.
 */
seq: number,
/**
 * Oldest first.
 */
messages: Array<Message>,
/**
 * Whether to send `RESUME` again with the new position.
 */
more: boolean, };

export type RoomAround = {
/**
 * Its id.
 */
room_id: string,
/**
 * Its name.
 */
name: string,
/**
 * The computer that hosts it.
 */
host: string,
/**
 * Who may enter.
 */
access: Access,
/**
 * How many people are in it.
 */
members: number,
/**
 * `IP:port`, the likeliest first.
 */
addrs: Array<string>,
/**
 * Whether this app speaks its version.
 */
compatible: boolean, };

export type RoomId = string;

export type RoomInfo = {
/**
 * Stays when name, address or host change.
 */
room_id: RoomId,
/**
 * What people call it.
 */
name: string,
/**
 * Who may enter.
 */
access: Access, };

export type SearchRequest = {
/**
 * The client's number for it; the answer carries it.
 */
search_id?: number,
/**
 * What a person typed: words, phrases, operators. At most 1,024 bytes.
 */
query: string,
/**
 * In this topic only.
 */
topic?: string,
/**
 * In the direct chat with this `user_id` only.
 */
with?: string,
/**
 * What this `user_id` said only.
 */
from?: string,
/**
 * What was said before this moment.
 */
before?: string,
/**
 * What was said at this moment or later.
 */
after?: string,
/**
 * How far east of UTC the days in `query` are, in minutes; 0 if absent.
 */
utc_offset?: number,
/**
 * 1 to 50; 20 if absent.
 */
limit?: number,
/**
 * The `cursor` of the page before.
 */
cursor?: string, };

export type Seen = {
/**
 * The topic …
 */
topic?: TopicName,
/**
 * … or the other.
 */
with?: UserId,
/**
 * How far each has read, you among them.
 */
markers: Array<Marker>,
/**
 * True: forget the markers you knew of this chat, these are they. False: these rose.
 */
complete: boolean,
/**
 * More than `SEEN_MAX` people are in the topic: nobody's marker is told by itself. Ask with `SEEN_BY`.
 */
many?: boolean, };

export type SeenBy = {
/**
 * The topic, as asked.
 */
topic: TopicName,
/**
 * The message, as asked.
 */
seq: number,
/**
 * How many others have read it.
 */
count: number,
/**
 * A page of them, in the order of their ids.
 */
people: Array<MemberInfo>,
/**
 * Whether more follow.
 */
more: boolean, };

export type SeenByRequest = {
/**
 * The topic's name.
 */
topic: string,
/**
 * Who has read this `seq`, or a later one?
 */
seq: number,
/**
 * The last `user_id` of the page before.
 */
after?: string, };

export type ServerFrame = { "type": "HELLO_ACK", "data": HelloAck } | { "type": "PRESENCE", "data": Presence } | { "type": "PEOPLE", "data": People } | { "type": "ROOM", "data": RoomInfo } | { "type": "TOPIC_JOINED", "data": TopicJoined } | { "type": "TOPIC_LEFT", "data": TopicLeft } | { "type": "TOPIC_MEMBERS", "data": TopicMembers } | { "type": "TOPIC_KEPT", "data": TopicKept } | { "type": "TOPICS", "data": Topics } | { "type": "DIRECT", "data": Direct } | { "type": "MEMBERS", "data": Members } | { "type": "CHAT_OPENED", "data": ChatOpened } | { "type": "MSG", "data": Message } | { "type": "MSG_ACK", "data": MsgAck } | { "type": "HISTORY", "data": History } | { "type": "FOUND", "data": Found } | { "type": "RESUMED", "data": Resumed } | { "type": "READ", "data": Read } | { "type": "SEEN", "data": Seen } | { "type": "SEEN_BY", "data": SeenBy } | { "type": "TYPING", "data": Typing } | { "type": "PAIR", "data": Pair } | { "type": "PONG", "data": Pong } | { "type": "ERROR", "data": Refusal };

export type Settings = {
/**
 * `system`, `light` or `dark`.
 */
theme: Theme,
/**
 * Whether Enter sends (and Shift+Enter breaks the line) or the other way round (Ctrl+Enter sends).
 */
enter_sends: boolean,
/**
 * Whether closing the window leaves the app in the tray.
 */
close_to_tray: boolean,
/**
 * Whether new messages show a notification while the window is not in front.
 */
notifications: boolean,
/**
 * Whether others see that one types.
 */
send_typing: boolean,
/**
 * Whether a topic shows who comes and goes.
 */
show_comings: boolean, };

export type Theme = "system" | "light" | "dark";

export type Timestamp = string;

export type TopicInfo = {
/**
 * Its name.
 */
topic: TopicName,
/**
 * Epoch of its newest message, or of the room if it has none.
 */
epoch: Epoch,
/**
 * `seq` of its newest message.
 */
seq: number,
/**
 * How many are in it.
 */
member_count: number,
/**
 * How many guests of the older chat systems are in it besides.
 */
guests?: number,
/**
 * As in `TOPIC_JOINED`.
 */
ttl?: number,
/**
 * How long its messages are kept. Absent: for ever.
 */
keep?: Keep,
/**
 * `seq` of the oldest message that is kept; what was before it was removed. Absent: nothing was.
 */
oldest?: number,
/**
 * What you have read.
 */
read: number, };

export type TopicJoined = {
/**
 * The topic as the server writes it.
 */
topic: TopicName,
/**
 * Epoch of its newest message, or of the room if it has none.
 */
epoch: Epoch,
/**
 * `seq` of its newest message; every later one will come as `MSG`.
 */
seq: number,
/**
 * Who is in it, you too.
 */
members: Array<MemberInfo>,
/**
 * More than `NAMED_MAX` are in it: only you are named, and nobody later. The others by `LIST_MEMBERS`.
 */
many?: boolean,
/**
 * How many are in it.
 */
member_count: number,
/**
 * How many guests of the older chat systems are in it besides; they are not among the members.
 */
guests?: number,
/**
 * In a disappearing topic: how long its messages live, in seconds. Its log is in memory only, and every message of
 * it has `expires_at`.
 */
ttl?: number,
/**
 * How long its messages are kept. Absent: for ever.
 */
keep?: Keep,
/**
 * `seq` of the oldest message that is kept; what was before it was removed. Absent: nothing was.
 */
oldest?: number,
/**
 * What you have read, as `MARK_READ` said.
 */
read: number, };

export type TopicKeep = {
/**
 * Which topic.
 */
topic: TopicName,
/**
 * Absent: for ever.
 */
keep?: Keep, };

export type TopicKept = {
/**
 * The topic.
 */
topic: TopicName,
/**
 * How long its messages are kept. Absent: for ever.
 */
keep?: Keep,
/**
 * `seq` of the oldest message that is kept; what was before it was removed. Absent: nothing was.
 */
oldest?: number, };

export type TopicLeft = {
/**
 * The topic.
 */
topic: TopicName, };

export type TopicMembers = {
/**
 * The topic.
 */
topic: TopicName,
/**
 * Who entered.
 */
joined: Array<MemberInfo>,
/**
 * Who left.
 */
left: Array<UserId>,
/**
 * Forget who was in it: `joined` are all, or with `many` only you.
 */
complete?: boolean,
/**
 * As in `TOPIC_JOINED`.
 */
many?: boolean,
/**
 * How many are in it now.
 */
member_count: number,
/**
 * How many guests of the older chat systems are in it besides.
 */
guests?: number, };

export type TopicName = string;

export type TopicOnly = {
/**
 * The topic's name.
 */
topic: string, };

export type Topics = {
/**
 * The topics, oldest first.
 */
topics: Array<TopicInfo>,
/**
 * True: this is the list. False: these are new.
 */
complete: boolean, };

export type Typing = {
/**
 * Who.
 */
user_id: UserId,
/**
 * What to call them.
 */
display_name: DisplayName,
/**
 * The topic; absent in a direct chat.
 */
topic?: TopicName,
/**
 * You, in a direct chat.
 */
to?: UserId,
/**
 * Whether they type.
 */
is_typing: boolean,
/**
 * In a topic of more than `NAMED_MAX`: how many others type, of whom you are not told.
 */
others?: number, };

export type TypingNotice = {
/**
 * The topic.
 */
topic?: string,
/**
 * The other's `user_id`.
 */
to?: string,
/**
 * Whether the person is typing.
 */
is_typing: boolean, };

export type UserId = string;

export type UserInfo = {
/**
 * The person's id.
 */
user_id: UserId,
/**
 * What to call them.
 */
display_name: DisplayName,
/**
 * Whether a session of theirs is open.
 */
online: boolean,
/**
 * How they came.
 */
via: Via,
/**
 * Whether they host the room.
 */
host?: boolean, };

export type Via = "app" | "browser" | "script" | "plain" | "pair" | "topic" | "activity" | "fastchat";

export type WaitReason = "host_gone" | "unreachable" | "no_network" | "silent" | "busy";

export const TEXT_BYTES = 16384;
export const NAME_MIN_CHARS = 3;
export const NAME_MAX_CHARS = 50;
export const TOPIC_MAX_CHARS = 50;
export const ROOM_NAME_MAX_BYTES = 63;
export const PAGE_MAX = 500;
export const IN_FLIGHT_MAX = 64;
export const SUBPROTOCOL = "landline.v1";
