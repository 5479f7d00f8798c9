package main

import (
	"io"
	"testing"
)

func TestProse(t *testing.T) {
	a := &app{out: io.Discard}
	in := "The folder holds `desk`, a **program** whose go.mod was\nwritten by hand and never tidied. See [Versions](chapter:versions) for the way in which a build list is made.\n\n" +
		"```text\ndesk   requires quay\n\nquay   requires lamp\n```\n\n" +
		"| part | what |\n|---|---|\n| `dns` | answers |\n\n" +
		"1. In `today.txt`: the build list of go.mod as it was given to you, before anything else was done to it\n   at all.\n2. Short.\n   - inner item\n"
	want := "The folder holds `desk`, a program whose go.mod was written by hand and never\n" +
		"tidied. See Versions for the way in which a build list is made.\n\n" +
		"    desk   requires quay\n\n    quay   requires lamp\n\n" +
		"part   what\n-----  -------\n`dns`  answers\n\n" +
		"1. In `today.txt`: the build list of go.mod as it was given to you, before\n   anything else was done to it at all.\n2. Short.\n   - inner item"
	if got := a.prose(in); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
