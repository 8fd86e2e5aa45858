#!/usr/bin/env bash
# Checks that what the documents name is there: every file and folder between
# backquotes, every file that a link leads to, and every item of ours that is
# named by its path (`Store::prepare`).
set -euo pipefail
cd "$(dirname "$0")/.."
wrong=0
complain() { printf '%s: there is no %s\n' "$1" "$2"; wrong=1; }

# The names by which links reach the sections of a page.
anchors() {
  sed -nE '/^ *```/,/^ *```/d; s/^#+ +//p' "$1" | tr '[:upper:]' '[:lower:]' |
    sed -E 's/[^[:alnum:] _-]//g; s/ /-/g'
}

while read -r page; do
  # Code blocks show what users type, in folders of their own.
  text=$(sed '/^ *```/,/^ *```/d' "$page")
  while read -r path; do
    # A name with a placeholder or a wildcard in it names no file.
    case $path in *[*…\<]* | *NNNN* | *NAME* | *TARGET*) continue ;; esac
    [ -e "$path" ] || [ -e "$(dirname "$page")/$path" ] || complain "$page" "$path"
  done < <(grep -oE '`((crates|docs|examples|findings|fuzz|scripts|tests)/|\.ci/)[^` ]*`' <<<"$text" | tr -d '`' | sort -u)
  while read -r link; do
    target=${link%%#*}
    file=$page
    [ -z "$target" ] || file=$(dirname "$page")/$target
    [ -e "$file" ] || { complain "$page" "$target"; continue; }
    case $link in
      *#*) anchors "$file" | grep -qxF "${link#*#}" || complain "$page" "section $link" ;;
    esac
  done < <(grep -oE '\]\([^):]+\)' <<<"$text" | sed -E 's/^\]\(//; s/\)$//' | sort -u)
  while read -r item; do
    name=${item##*::}
    git grep -qwF "$name" -- 'crates/*.rs' 'tests/*.rs' 'fuzz/*.rs' || complain "$page" "$item"
  done < <(grep -oE '`[A-Za-z_]+(::[A-Za-z_]+)+`' <<<"$text" | tr -d '`' | sort -u)
done < <(git ls-files --cached --others --exclude-standard '*.md')
exit "$wrong"
