#!/bin/sh
# Answers "!time" in the lobby of the room whose address is given.
set -eu
pipes=$(mktemp -d)
mkfifo "$pipes/heard" "$pipes/say"
{
    while IFS= read -r line; do
        case $line in *'> !time') date '+It is %H:%M' ;; esac
    done <"$pipes/heard" >"$pipes/say"
    rm -r "$pipes"
} &
exec landline-cli join "${1:-localhost:8000}" --as Clock >"$pipes/heard" <"$pipes/say"
