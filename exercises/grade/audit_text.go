package grade

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// WriteText writes the explanation for people.
func (x Explanation) WriteText(w io.Writer) error {
	var out strings.Builder
	p := printing{out: &out}
	p.line("%s %s, of %s: %s", x.Task.ID, x.Task.Title, x.who(), x.score())
	p.line("")
	p.field("state", string(x.Cell.State))
	if x.Cell.State != Absent {
		p.field("submission", fmt.Sprintf("%s, received %s", x.Cell.Submission, x.Cell.Received.Format(time.RFC3339)))
		p.field("files", "SHA-256 "+x.Cell.Files)
	}
	p.field("counts", x.Counts)
	for i, t := range x.Cell.History {
		p.field("", fmt.Sprintf("%d. %s, received %s: %s", i+1, t.Submission, t.Received.Format(time.RFC3339), t.score()))
	}
	p.field("lateness", x.Lateness)
	for _, f := range x.Cell.Flags {
		p.field("look at", f)
	}
	if x.Evidence != nil {
		x.writeEvidence(&p)
	}
	for _, e := range x.Journal {
		x.writeEntry(&p, e)
	}
	p.field("verified", fmt.Sprintf("%d lines of the journal, %d pieces of evidence, the gradebook", x.Verified.Lines, x.Verified.Evidence))
	_, err := io.WriteString(w, out.String())
	return err
}

func (x Explanation) who() string {
	who := x.Learner.ID
	if x.Learner.Name != "" {
		who += " " + x.Learner.Name
	}
	if x.Learner.Email != "" {
		who += " <" + x.Learner.Email + ">"
	}
	return who
}

func (x Explanation) score() string {
	if x.Cell.State == Unjudged {
		return "not judged yet, which is no fault of the learner"
	}
	return fmt.Sprintf("%g of %d points", x.Cell.Points, x.Task.Max+x.Task.Hidden)
}

func (t Tried) score() string {
	if t.State != Graded {
		return string(t.State)
	}
	s := fmt.Sprintf("%g points", t.Points)
	if t.DaysLate > 0 {
		s += ", late by " + count(t.DaysLate, "day")
	}
	if t.Counts {
		s += "  <- counts"
	}
	return s
}

func (x Explanation) writeEvidence(p *printing) {
	e := x.Evidence
	p.line("")
	for _, c := range e.Outcome.Result.Checks {
		said := verdict.Say(c)
		kind := ""
		if c.Hidden {
			kind = " (hidden from the learner)"
		}
		p.line("  %s %-7s %s%s", said.Mark, said.Score, said.Title, kind)
		for _, l := range said.Lines {
			p.line("              %-9s %s", l.Label, strings.ReplaceAll(l.Text, "\n", "\n"+strings.Repeat(" ", 24)))
		}
	}
	p.line("")
	if !x.Cell.HiddenRun {
		p.field("hidden", "no hidden checks were run")
	} else {
		p.field("hidden", fmt.Sprintf("%d of %d points; public %d of %d", x.Cell.Hidden.Points, x.Cell.Hidden.Max, x.Cell.Public.Points, x.Cell.Public.Max))
	}
	p.field("limits", cmp.Or(strings.Join(limits(e.Outcome.Result.Checks), ", "), "none was reached")+"; they were: "+cmp.Or(e.Inputs.Limits, "not noted"))
	p.field("isolation", e.Outcome.Isolation.String())
	p.field("judged by", fmt.Sprintf("slipway %s with %s, checks SHA-256 %s", e.Inputs.Slipway, e.Inputs.Go, e.Inputs.Digest))
	for _, t := range e.Outcome.Tries {
		p.field("fault", fmt.Sprintf("%s, %s: %s", t.Begin.Format(time.RFC3339), t.Worker, t.Fault))
	}
	p.field("evidence", fmt.Sprintf("%s, SHA-256 %s", evidenceFile(x.Cell.Key), x.Digest))
}

func (x Explanation) writeEntry(p *printing, e Entry) {
	said := fmt.Sprintf("line %d, %s: ", e.Seq, e.Time.Format(time.RFC3339))
	switch e.Kind {
	case ItemBegan:
		said += fmt.Sprintf("given to the engine, time %d", e.Try)
	case ItemDone:
		said += "judged by " + e.Worker
	case ItemFault:
		said += fmt.Sprintf("fault of slipway or its machine after %s: %s", count(max(1, len(e.Tries)), "attempt"), e.Fault)
	}
	p.field("journal", said)
}

// printing writes lines without anything that a terminal would obey.
type printing struct {
	out *strings.Builder
}

func (p *printing) line(format string, args ...any) {
	p.out.WriteString(strings.TrimRight(visible(fmt.Sprintf(format, args...)), " ") + "\n")
}

func (p *printing) field(label, text string) { p.line("%-11s %s", label, text) }

// visible replaces control characters but the end of a line and the tab.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
